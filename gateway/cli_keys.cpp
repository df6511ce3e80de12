#include "gateway/cli_keys.hpp"

#include "config/load.hpp"
#include "gateway/cli_admin.hpp"
#include "gateway/cli_configuration.hpp"
#include "gateway/keys/key_edit.hpp"
#include "gateway/keys/key_file.hpp"
#include "gateway/keys/key_names.hpp"
#include "gateway/ledger/ledger_store.hpp"
#include "gateway/ledger/usage_report.hpp"
#include "gateway/limits/query_limits.hpp"
#include "gateway/openrouter_key.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace nearfar::gateway {
namespace {

enum exit_code : int { ok = 0, findings = 1, usage_or_io = 2 };

struct key_call {
  std::string config;
  key_wishes wishes;
  bool json = false;
};

std::string date_of(std::int64_t unix) {
  const std::chrono::year_month_day date{
      std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(unix)))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& one : words) out += (out.empty() ? "" : ", ") + one;
  return out;
}

std::string tiers_of(const key_record& key) {
  constexpr std::string_view words[] = {"device", "self_hosted", "remote"};
  std::string out;
  for (const auto t : key.tiers) {
    if (!out.empty()) out += ", ";
    out += words[static_cast<std::size_t>(t)];
  }
  return out;
}

std::string_view privacy_of(const key_record& key) {
  constexpr std::string_view words[] = {"public", "internal", "private"};
  return key.privacy ? words[static_cast<std::size_t>(*key.privacy)] : std::string_view{};
}

std::string_view state_word(const key_record& key) {
  switch (state_of(key, std::time(nullptr))) {
    case key_state::valid:
      return "valid";
    case key_state::expired:
      return "expired";
    case key_state::revoked:
      return "revoked";
  }
  return "";
}

// The file of the state folder that the configuration names; empty after saying why not.
std::string key_file_of(const key_call& call) {
  const auto file = choose_configuration(call.config);
  if (file.empty() || !readable(file)) return {};
  const auto folder = state_folder_of(file);
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    fmt::print(stderr, "nearfar: {}: {}\n", folder, failed.message());
    return {};
  }
  return key_file_in(folder);
}

// Null: it cannot be understood as it stands.
std::shared_ptr<const routes::policy> policy_of(const std::string& file) {
  auto read = config::load_file(file);
  if (!read.value) return nullptr;
  auto out = routes::policy::compile(read.value, read.found);
  return read.found.has_errors() ? nullptr : out;
}

// Whether the key may be written; standard error has what is wrong or could not be looked up.
bool knows_names(const key_call& call) {
  if (call.wishes.models.empty() && call.wishes.tags.empty()) return true;
  const auto file = existing_configuration(call.config);
  const auto policy = policy_of(file);
  if (!policy) {
    fmt::print(stderr, "nearfar: warning: {} has errors, so its models and tags were not looked up\n", file);
    return true;
  }
  const auto found = check_names(call.wishes, *policy);
  if (found.wrong.empty()) return true;
  if (found.is_sure) {
    fmt::print(stderr, "nearfar: {}\n", found.wrong);
    return false;
  }
  fmt::print(stderr, "nearfar: warning: {}; a provider with `models: discover` may list it\n", found.wrong);
  return true;
}

int say(const routes::error& why) {
  fmt::print(stderr, "nearfar: {}\n", why.context);
  return why.side == routes::error_side::downstream ? findings : usage_or_io;
}

int show_made(const routes::result<made_key>& made, const key_call& call) {
  if (!made) return say(made.error());
  if (call.json) {
    fmt::print("{{\"name\":\"{}\",\"key\":\"{}\"}}\n", made->record.name, made->key.reveal());
    return ok;
  }
  fmt::print("{}\n", made->key.reveal());
  fmt::print(stderr, "This is the key `{}`. It is kept nowhere and not shown again.\n", made->record.name);
  return ok;
}

void print_details(const key_record& key) {
  const auto line = [](std::string_view name, std::string_view value) {
    if (!value.empty()) fmt::print("{:9} {}\n", name, value);
  };
  line("name", key.name);
  line("key", "nf-…" + key.hint);
  line("state", state_word(key));
  line("created", date_of(key.created));
  if (key.expires) line("expires", date_of(*key.expires));
  line("models", key.models.empty() ? "all" : joined(key.models));
  line("tiers", key.tiers.empty() ? "all" : tiers_of(key));
  line("privacy", key.privacy ? fmt::format("at least {}", privacy_of(key)) : "");
  line("budget", key.budget ? to_text(*key.budget) : "none of its own");
  line("rate", key.rate ? to_text(*key.rate) : "none of its own");
  line("team", key.team);
  line("tags", joined(key.tags));
}

// By the ledger, which a running gateway writes a moment later.
std::string spent_of(const key_record& key, const key_call& call) {
  const auto path = state_folder_of(choose_configuration(call.config)) + "/ledger.db";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return "nothing was asked yet";
  auto store = ledger_store::open(path, open_mode::read_only);
  if (!store) return "not known: " + store.error().context;
  const auto now = std::time(nullptr);
  const auto used = key_usage_of(*store, key, now);
  if (!used) return "not known: " + used.error().context;
  const auto all = money_text(used->all) + " USD in all";
  if (!key.budget) return fmt::format("{} USD in this month (UTC), {}", money_text(used->month), all);
  // A refusal goes by the account, which also knows what is held and what was never settled.
  const auto accounts = store->accounts(now);
  if (!accounts) return "not known: " + accounts.error().context;
  const auto name = key_account_name(budget_account_name, key.budget->per, key.name);
  const auto account = std::ranges::find(*accounts, name, &account_view::account);
  const auto taken = account != accounts->end() ? account->used + account->reserved : 0;
  return fmt::format("{} USD in this {} (UTC), {}", money_text(std::max(used->window, taken)),
                     to_string(key.budget->per), all);
}

int list(const key_call& call) {
  const auto path = key_file_of(call);
  if (path.empty()) return usage_or_io;
  const auto keys = read_keys(path);
  if (!keys) return say(keys.error());
  if (call.json) {
    fmt::print("{}", write_key_json(*keys));
    return ok;
  }
  if (keys->empty()) {
    fmt::print("no keys: whoever reaches a loopback address or the socket needs none\n");
    return ok;
  }
  std::size_t width = 4;
  for (const auto& key : *keys) width = std::max(width, key.name.size());
  fmt::print("{:{}}  {:8}  {:8}  {:16}  {:12}  {}\n", "NAME", width, "KEY", "STATE", "BUDGET", "RATE",
             "TEAM");
  for (const auto& key : *keys) {
    fmt::print("{:{}}  …{:7}  {:8}  {:16}  {:12}  {}\n", key.name, width, key.hint, state_word(key),
               key.budget ? to_text(*key.budget) : "-", key.rate ? to_text(*key.rate) : "-",
               key.team.empty() ? "-" : key.team);
  }
  return ok;
}

int show(const key_call& call) {
  const auto path = key_file_of(call);
  if (path.empty()) return usage_or_io;
  const auto keys = read_keys(path);
  if (!keys) return say(keys.error());
  const auto found = std::ranges::find(*keys, call.wishes.name, &key_record::name);
  if (found == keys->end()) {
    fmt::print(stderr, "nearfar: there is no key `{}`\n", call.wishes.name);
    return findings;
  }
  if (call.json) {
    fmt::print("{}", write_key_json({*found}));
  } else {
    print_details(*found);
    fmt::print("{:9} {}\n", "spent", spent_of(*found, call));
  }
  return ok;
}

int create(const key_call& call) {
  const auto path = key_file_of(call);
  if (path.empty()) return usage_or_io;
  if (!knows_names(call)) return findings;
  return show_made(create_key(path, call.wishes, std::time(nullptr)), call);
}

int change(const key_call& call) {
  const auto path = key_file_of(call);
  if (path.empty()) return usage_or_io;
  if (!knows_names(call)) return findings;
  const auto changed = change_key(path, call.wishes, std::time(nullptr));
  if (!changed) return say(changed.error());
  print_details(*changed);
  return ok;
}

int revoke(const key_call& call) {
  const auto path = key_file_of(call);
  if (path.empty()) return usage_or_io;
  const auto gone = revoke_key(path, call.wishes.name);
  if (!gone) return say(gone.error());
  fmt::print("key `{}` is revoked\n", gone->name);
  return ok;
}

void add_wishes(CLI::App& to, key_call& call) {
  to.add_option("--expires", call.wishes.expires, "30d, or a moment such as 2026-12-01T08:00+01:00; never")
      ->type_name("");
  to.add_option("--budget", call.wishes.budget, "5 USD/month (minute, hour, day, month); none")
      ->type_name("");
  to.add_option("--rate", call.wishes.rate, "60/minute; none")->type_name("");
  to.add_option("--models", call.wishes.models, "Model names it may ask for, globs allowed; \"*\" for all")
      ->delimiter(',')
      ->type_name("");
  to.add_option("--tiers", call.wishes.tiers, "device, self_hosted, remote; \"*\" for all")
      ->delimiter(',')
      ->type_name("");
  to.add_option("--privacy", call.wishes.privacy, "Its queries are at least this private; none")
      ->type_name("");
  to.add_option("--team", call.wishes.team, "For rules, limits and the bill; none")->type_name("");
  to.add_option("--tags", call.wishes.tags, "Tags it may send; \"*\" for all")->delimiter(',')->type_name("");
}

}  // namespace

void add_key_commands(CLI::App& app, std::function<int()>& run) {
  const auto call = std::make_shared<key_call>();
  auto* keys = app.add_subcommand("keys", "Keys of callers: create, list, show, change, rotate, revoke");
  keys->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, bool named) {
    auto* made = keys->add_subcommand(name, what);
    if (named) made->add_option("NAME", call->wishes.name, "Name of the key")->required()->type_name("");
    made->add_option("--config", call->config, "Configuration that the gateway serves")->type_name("FILE");
    made->add_flag("--json", call->json, "As JSON");
    return made;
  };
  auto* creating = add("create", "Make a key and show it, this once", true);
  add_wishes(*creating, *call);
  creating->callback([call, &run] { run = [call] { return create(*call); }; });
  add("rotate", "Another secret for the same key; the old one ends at once", true)->callback([call, &run] {
    run = [call] {
      const auto path = key_file_of(*call);
      return path.empty() ? usage_or_io : show_made(rotate_key(path, call->wishes.name), *call);
    };
  });
  add("list", "All keys, without their secrets", false)->callback([call, &run] {
    run = [call] { return list(*call); };
  });
  add("show", "What a key may do, and what it has spent", true)->callback([call, &run] {
    run = [call] { return show(*call); };
  });
  auto* changing =
      add("change", "Change what a key may do; what is not named stays, `none` and \"*\" take away", true);
  add_wishes(*changing, *call);
  changing->callback([call, &run] { run = [call] { return change(*call); }; });
  add("revoke", "End a key; its name stays in the ledger", true)->callback([call, &run] {
    run = [call] { return revoke(*call); };
  });
}

}  // namespace nearfar::gateway
