#include "gateway/cli_usage.hpp"

#include "gateway/cli_admin.hpp"
#include "gateway/cli_configuration.hpp"
#include "gateway/decision_files.hpp"
#include "gateway/ledger/ledger_store.hpp"
#include "gateway/ledger/usage_report.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <sys/ioctl.h>
#include <unistd.h>

namespace nearfar::gateway {
namespace {

namespace json = boost::json;

enum exit_code : int { ok = 0, findings = 1, usage_or_io = 2 };

constexpr unsigned usual_width = 80;
constexpr std::int64_t usual_days = 30;

struct usage_call {
  std::string config;
  std::string by = "day";
  std::string from;
  std::string to;
  std::string key;
  std::string form = "table";
};

unsigned terminal_width() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual_width;
}

// Empty after saying why there is none.
std::string ledger_of(const std::string& config) {
  const auto file = choose_configuration(config);
  if (file.empty() || !readable(file)) return {};
  auto path = state_folder_of(file) + "/ledger.db";
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return path;
  fmt::print(stderr, "nearfar: there is no ledger yet at {}: nothing was asked so far\n", path);
  return {};
}

bool read_day(const std::string& text, std::int64_t& out) {
  if (text.empty()) return true;
  const auto day = day_of(text);
  if (day) out = *day;
  if (!day) fmt::print(stderr, "nearfar: `{}` is no day: write it as 2026-11-22\n", text);
  return day.has_value();
}

int usage(const usage_call& call) {
  const auto by = usage_group_of(call.by);
  const auto today = static_cast<std::int64_t>(std::time(nullptr)) / 86'400;
  usage_filter of{0, today, std::nullopt};
  if (!call.key.empty()) of.key = call.key;
  if (!by || !read_day(call.to, of.to_day)) return usage_or_io;
  of.from_day = of.to_day - usual_days + 1;
  if (!read_day(call.from, of.from_day)) return usage_or_io;
  if (of.from_day > of.to_day) {
    fmt::print(stderr, "nearfar: the first day is later than the last: {} and {}\n", date_of_day(of.from_day),
               date_of_day(of.to_day));
    return usage_or_io;
  }
  const auto path = ledger_of(call.config);
  if (path.empty()) return usage_or_io;
  auto store = ledger_store::open(path, open_mode::read_only);
  const auto sums = store ? store->usage(of, *by) : routes::result<std::vector<usage_sum>>(store.error());
  if (!sums) {
    fmt::print(stderr, "nearfar: {}\n", sums.error().context);
    return usage_or_io;
  }
  const usage_period period{date_of_day(of.from_day), date_of_day(of.to_day)};
  if (call.form == "csv") {
    fmt::print("{}", usage_csv(*sums, *by));
  } else if (call.form == "json") {
    fmt::print("{}\n", usage_json(*sums, *by, period));
  } else {
    fmt::print("{}", usage_table(*sums, *by, period, terminal_width()));
  }
  return ok;
}

std::string in_a_url(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

struct forgotten {
  std::int64_t attempts = 0;
  std::int64_t decisions = 0;
};

// A running gateway has more of it than the files: rows on their way there, and accounts. Nullopt: none runs.
std::optional<routes::result<forgotten>> ask_gateway(const usage_call& call, const std::string& state) {
  std::error_code ignored;
  if (!std::filesystem::exists(state + "/admin.address", ignored)) return std::nullopt;
  const auto running = admin_client::find(choose_configuration(call.config));
  std::string why;
  const auto reply = running
                         ? running->ask_quietly("DELETE", "/admin/usage?key=" + in_a_url(call.key), {}, why)
                         : std::nullopt;
  if (!reply) return std::nullopt;
  boost::system::error_code ec;
  const auto told = json::parse(reply->body, ec);
  if (ec || reply->status != 200 || !told.is_object())
    return routes::make_error(routes::error_kind::internal, "the gateway answered: " + reply->body);
  const auto& counts = told.as_object();
  return forgotten{counts.at("attempts").to_number<std::int64_t>(),
                   counts.at("decisions").to_number<std::int64_t>()};
}

routes::result<forgotten> forget_in_files(const usage_call& call, const std::string& state) {
  forgotten out;
  const auto path = state + "/ledger.db";
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    auto store = ledger_store::open(path, open_mode::read_write);
    if (!store) return store.error();
    const auto gone = store->forget_key(call.key);
    if (!gone) return gone.error();
    out.attempts = *gone;
  }
  const auto lines = forget_key_in_decisions(state, call.key);
  if (!lines) return lines.error();
  out.decisions = static_cast<std::int64_t>(*lines);
  return out;
}

int forget(const usage_call& call) {
  const auto file = choose_configuration(call.config);
  if (file.empty() || !readable(file)) return usage_or_io;
  const auto state = state_folder_of(file);
  auto gone = ask_gateway(call, state);
  if (!gone) gone = forget_in_files(call, state);
  if (!*gone) {
    fmt::print(stderr, "nearfar: {}\n", gone->error().context);
    return usage_or_io;
  }
  const auto& how_many = **gone;
  fmt::print("{} attempts of key `{}` are gone from the ledger, {} lines from the decision log\n",
             how_many.attempts, call.key, how_many.decisions);
  return how_many.attempts + how_many.decisions > 0 ? ok : findings;
}

}  // namespace

void add_usage_command(CLI::App& app, std::function<int()>& run) {
  const auto call = std::make_shared<usage_call>();
  auto* using_ =
      app.add_subcommand("usage", "What was used and what it cost, by day, key, model, target or tier");
  using_->add_option("--by", call->by, "day, key, team, tag, model, target, tier (default: day)")
      ->check(CLI::IsMember({"day", "key", "team", "tag", "model", "target", "tier"}))
      ->type_name("");
  using_->add_option("--from", call->from, "First day, 2026-11-01 (default: 30 days up to the last)")
      ->type_name("");
  using_->add_option("--to", call->to, "Last day (default: today, UTC)")->type_name("");
  using_->add_option("--key", call->key, "Of this key alone")->type_name("");
  using_->add_option("--config", call->config, "Configuration that the gateway serves")->type_name("FILE");
  using_->add_option("--as", call->form, "table, csv or json (default: table)")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->type_name("");
  using_->add_flag_callback("--json", [call] { call->form = "json"; }, "As JSON");
  using_->callback([call, &run] { run = [call] { return usage(*call); }; });

  auto* forgetting =
      app.add_subcommand("forget", "Erase what ledger and decision log know of a key: 1 they knew nothing");
  forgetting->add_option("--key", call->key, "Name of the key")->required()->type_name("");
  forgetting->add_option("--config", call->config, "Configuration that the gateway serves")
      ->type_name("FILE");
  forgetting->callback([call, &run] { run = [call] { return forget(*call); }; });
}

}  // namespace nearfar::gateway
