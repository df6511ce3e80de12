#include "gateway/cli_running.hpp"

#include "config/units.hpp"
#include "gateway/cli_admin.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>

namespace nearfar::gateway {
namespace {

namespace json = boost::json;

// The gateway's own bound, told in the unit that was typed.
constexpr double longest_switch_ms = 30.0 * 24 * 3600 * 1000;

enum exit_code : int { ok = 0, findings = 1, usage_or_io = 2 };

std::string text_at(const json::value& in, std::string_view pointer) {
  boost::system::error_code ec;
  const auto* found = in.find_pointer(json::string_view(pointer.data(), pointer.size()), ec);
  if (ec || found == nullptr || found->is_null()) return {};
  return found->is_string() ? std::string(found->as_string()) : json::serialize(*found);
}

std::optional<double> number_at(const json::value& in, std::string_view pointer) {
  boost::system::error_code ec;
  const auto* found = in.find_pointer(json::string_view(pointer.data(), pointer.size()), ec);
  if (ec || found == nullptr || !found->is_number()) return std::nullopt;
  return found->to_number<double>();
}

const json::array& list_at(const json::value& in, std::string_view pointer) {
  static const json::array none;
  boost::system::error_code ec;
  const auto* found = in.find_pointer(json::string_view(pointer.data(), pointer.size()), ec);
  return !ec && found != nullptr && found->is_array() ? found->get_array() : none;
}

std::string as_text(const json::value& v) {
  return v.is_string() ? std::string(v.as_string()) : json::serialize(v);
}

// 5400 -> "1 h 30 min"
std::string span_text(double seconds) {
  const auto s = static_cast<long long>(seconds);
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600)
    return s % 60 == 0 ? fmt::format("{} min", s / 60) : fmt::format("{} min {} s", s / 60, s % 60);
  return s / 60 % 60 == 0 ? fmt::format("{} h", s / 3600) : fmt::format("{} h {} min", s / 3600, s / 60 % 60);
}

json::value parsed(const admin_reply& reply) {
  boost::system::error_code ec;
  auto out = json::parse(reply.body, ec);
  return ec ? json::value() : out;
}

// True when the gateway did as asked.
bool said_yes(const admin_reply& reply) {
  if (reply.status < 300) return true;
  const auto why = text_at(parsed(reply), "/error/message");
  fmt::print(stderr, "nearfar: {}\n",
             why.empty() ? fmt::format("the gateway answered {}", reply.status) : why);
  return false;
}

void print_switched(const json::array& switched) {
  for (const auto& one : switched) {
    fmt::print("  {} {}, {} left (until {})\n", text_at(one, "/name"), text_at(one, "/switch"),
               span_text(number_at(one, "/seconds_left").value_or(0)), text_at(one, "/until"));
  }
}

std::string target_line(const json::value& target) {
  std::string how;
  const auto add = [&](const std::string& what) { how += (how.empty() ? "" : ", ") + what; };
  if (const auto left = number_at(target, "/off_s")) add("off for " + span_text(*left));
  if (const auto left = number_at(target, "/last_s")) add("last for " + span_text(*left));
  if (text_at(target, "/absent") == "true") add("absent");
  if (const auto breaker = text_at(target, "/breaker"); breaker != "closed") add("breaker " + breaker);
  if (const auto parked = text_at(target, "/parked"); parked != "none") add("parked: " + parked);
  if (how.empty()) how = "ok";
  if (const auto ms = number_at(target, "/first_token_ms")) add(fmt::format("first token {:.0f} ms", *ms));
  if (const auto rate = number_at(target, "/tokens_per_second")) add(fmt::format("{:.0f} tokens/s", *rate));
  return how;
}

void print_targets(const json::value& targets) {
  std::size_t width = 0;
  if (!targets.is_array()) return;
  for (const auto& one : targets.as_array()) width = std::max(width, text_at(one, "/target").size());
  fmt::print("targets\n");
  for (const auto& one : targets.as_array())
    fmt::print("  {:<{}}  {}\n", text_at(one, "/target"), width, target_line(one));
}

void print_discovered(const json::array& all) {
  if (!all.empty()) fmt::print("discovered models\n");
  for (const auto& one : all) {
    const auto at = text_at(one, "/listed_at");
    const auto why = text_at(one, "/why");
    fmt::print("  {}: {}{}{}\n", text_at(one, "/provider"),
               at.empty() ? "not listed yet" : fmt::format("{}, listed {}", text_at(one, "/models"), at),
               why.empty() ? "" : "; the last look failed: ", why);
  }
}

// Nothing, where the line above it says as much.
void print_last_reload(const json::value& ready) {
  const bool same = text_at(ready, "/reload/by") == text_at(ready, "/reload/changed_by") &&
                    text_at(ready, "/reload/at") == text_at(ready, "/reload/changed_at");
  if (same && text_at(ready, "/reload/result") == "ok") return;
  fmt::print("last reload {} (by {}, {})", text_at(ready, "/reload/result"), text_at(ready, "/reload/by"),
             text_at(ready, "/reload/at"));
  const auto why = text_at(ready, "/reload/why");
  fmt::print("{}{}\n", why.empty() ? "" : ": ", why);
  for (const auto& one : list_at(ready, "/reload/problems")) fmt::print("  {}\n", as_text(one));
}

void print_status(const json::value& ready, const json::value& targets) {
  fmt::print("{}, policy {} since {} (by {})\n", text_at(ready, "/status"), text_at(ready, "/policy"),
             text_at(ready, "/reload/changed_at"), text_at(ready, "/reload/changed_by"));
  print_last_reload(ready);
  if (!list_at(ready, "/warnings").empty()) fmt::print("warnings\n");
  for (const auto& one : list_at(ready, "/warnings")) fmt::print("  {}\n", as_text(one));
  if (!list_at(ready, "/restart_pending").empty()) fmt::print("restart pending\n");
  for (const auto& one : list_at(ready, "/restart_pending")) fmt::print("  {}\n", as_text(one));
  if (!list_at(ready, "/switched").empty()) fmt::print("switched by hand\n");
  print_switched(list_at(ready, "/switched"));
  print_targets(targets);
  print_discovered(list_at(ready, "/discovered"));
  if (!list_at(ready, "/absent").empty()) fmt::print("absent\n");
  for (const auto& one : list_at(ready, "/absent"))
    fmt::print("  {}: {}\n", text_at(one, "/provider"), text_at(one, "/why"));
}

int show_switched(const admin_reply& reply, running_form form) {
  if (!said_yes(reply)) return reply.status == 404 ? findings : usage_or_io;
  if (form == running_form::json) {
    fmt::print("{}\n", reply.body);
    return ok;
  }
  const auto answer = parsed(reply);
  const auto& switched = list_at(answer, "/switched");
  fmt::print("{}\n", switched.empty() ? "nothing is switched by hand" : "switched by hand");
  print_switched(switched);
  return ok;
}

std::string tail_line(const json::value& q) {
  const auto at = text_at(q, "/at");
  auto target = text_at(q, "/target");
  if (target.empty()) target = text_at(q, "/end") + " " + text_at(q, "/status");
  std::string out =
      fmt::format("{} {} -> {}", at.size() > 19 ? at.substr(11, 8) : at, text_at(q, "/model"), target);
  if (const auto rule = text_at(q, "/rule"); !rule.empty()) out += "  rule " + rule;
  const auto first = number_at(q, "/first_token_ms");
  const auto whole = number_at(q, "/ms");
  if (first) out += fmt::format("  first token {:.0f} ms", *first);
  const auto output = number_at(q, "/tokens/output");
  if (first && whole && output && *output > 1 && *whole - *first > 10) {
    out += fmt::format("  {:.0f} tokens/s", (*output - 1) * 1000 / (*whole - *first));
  } else if (!first && whole) {
    out += fmt::format("  {:.0f} ms", *whole);
  }
  if (const auto input = number_at(q, "/tokens/input")) {
    out += fmt::format("  {:.0f} in, {:.0f} out", *input, output.value_or(0));
    if (const auto cached = number_at(q, "/tokens/cached"); cached && *cached > 0)
      out += fmt::format(", {:.0f} cached", *cached);
  }
  if (const auto money = number_at(q, "/cost_usd_estimate"); money && *money > 0) {
    out += fmt::format("  ~{:.6f} USD", *money);
  }
  const auto& attempts = list_at(q, "/attempts");
  if (attempts.size() > 1) out += fmt::format("  {} attempts", attempts.size());
  const auto end = text_at(q, "/end");
  if (end != "complete" && !text_at(q, "/target").empty()) out += "  " + end;
  return out;
}

}  // namespace

int show_status(const std::string& config_file, running_form form) {
  const auto gateway = admin_client::find(config_file);
  if (!gateway) return usage_or_io;
  const auto ready = gateway->ask("GET", "/readyz");
  const auto targets = ready ? gateway->ask("GET", "/admin/targets") : std::nullopt;
  if (!targets || !said_yes(*targets)) return usage_or_io;
  const auto state = parsed(*ready);
  if (form == running_form::json) {
    fmt::print("{{\"ready\":{},\"targets\":{}}}\n", ready->body, targets->body);
  } else {
    print_status(state, parsed(*targets));
  }
  return text_at(state, "/reload/result") == "failed" ? findings : ok;
}

int switch_target(const std::string& config_file, const std::string& how, const std::string& name,
                  const std::string& duration, running_form form) {
  if (duration == "0") return switch_back(config_file, name, form);
  const auto length = config::parse_number(duration, config::quantity::duration);
  if (!length.value) {
    fmt::print(stderr, "nearfar: --for: `{}` {}; {}\n", duration, length.error.message, length.error.help);
    return usage_or_io;
  }
  if (*length.value > longest_switch_ms) {
    fmt::print(stderr, "nearfar: --for is at most 30d: a switch always ends by itself\n");
    return usage_or_io;
  }
  const auto gateway = admin_client::find(config_file);
  if (!gateway) return usage_or_io;
  const json::object wanted{{"name", name}, {"switch", how}, {"for_s", *length.value / 1000}};
  const auto reply = gateway->ask("PUT", "/admin/targets", json::serialize(wanted));
  return reply ? show_switched(*reply, form) : usage_or_io;
}

int switch_back(const std::string& config_file, const std::string& name, running_form form) {
  const auto gateway = admin_client::find(config_file);
  if (!gateway) return usage_or_io;
  const auto reply = gateway->ask("DELETE", "/admin/targets", json::serialize(json::object{{"name", name}}));
  return reply ? show_switched(*reply, form) : usage_or_io;
}

int tail_queries(const std::string& config_file, running_form form) {
  const auto gateway = admin_client::find(config_file);
  if (!gateway) return usage_or_io;
  const bool began = gateway->follow("/admin/events", [form](std::string_view data) {
    boost::system::error_code ec;
    const auto query = json::parse(json::string_view(data.data(), data.size()), ec);
    if (form == running_form::json || ec) {
      fmt::print("{}\n", data);
    } else {
      fmt::print("{}\n", tail_line(query));
    }
    std::fflush(stdout);
  });
  return began ? ok : usage_or_io;
}

}  // namespace nearfar::gateway
