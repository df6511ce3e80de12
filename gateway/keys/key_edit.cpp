#include "gateway/keys/key_edit.hpp"

#include "config/moment.hpp"
#include "config/suggest.hpp"
#include "config/units.hpp"
#include "gateway/keys/key_file.hpp"
#include "gateway/keys/key_secret.hpp"
#include "gateway/ledger/money.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace nearfar::gateway {

namespace {

// A million millions: the file keeps counts in 64 bits with a sign.
constexpr std::uint64_t most_requests = 1'000'000'000'000;
constexpr std::string_view budget_form = "write it as `5 USD/month` (minute, hour, day or month), or `none`";
constexpr std::string_view rate_form = "write it as `60/minute` (minute, hour, day or month), or `none`";

routes::error wrong(std::string why) {
  auto e = routes::make_error(routes::error_kind::bad_request, std::move(why));
  e.side = routes::error_side::downstream;
  return e;
}

bool is_name(std::string_view text) {
  constexpr std::size_t longest = 64;
  const auto fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, fine);
}

// "30d" from now, or a moment; empty with `why` where it is neither.
std::optional<std::int64_t> read_expiry(const std::string& text, std::int64_t now, std::string& why) {
  if (const auto time = config::parse_number(text, config::quantity::duration); time.value)
    return now + static_cast<std::int64_t>(*time.value / 1000);
  const auto moment = config::parse_moment(text);
  if (!moment) {
    why = fmt::format(
        "`expires` cannot be `{}`: write a time such as `30d`, or a moment such as "
        "2026-12-01T08:00+01:00",
        text);
    return std::nullopt;
  }
  if (*moment <= now) {
    why = fmt::format("`expires` {} has passed", text);
    return std::nullopt;
  }
  return moment;
}

std::optional<config::tier> tier_of(std::string_view word) {
  if (word == "device") return config::tier::device;
  if (word == "self_hosted") return config::tier::self_hosted;
  if (word == "remote") return config::tier::remote;
  return std::nullopt;
}

std::optional<config::privacy_level> privacy_of(std::string_view word) {
  if (word == "public") return config::privacy_level::public_;
  if (word == "internal") return config::privacy_level::internal;
  if (word == "private") return config::privacy_level::private_;
  return std::nullopt;
}

// Empty: applied; else what is wrong.
std::string apply_amounts(const key_wishes& wishes, key_record& to) {
  std::string why;
  if (wishes.budget == "none") {
    to.budget.reset();
  } else if (!wishes.budget.empty()) {
    to.budget = read_budget(wishes.budget, why);
    if (!to.budget) return why;
  }
  if (wishes.rate == "none") {
    to.rate.reset();
  } else if (!wishes.rate.empty()) {
    to.rate = read_rate(wishes.rate, why);
    if (!to.rate) return why;
  }
  return {};
}

constexpr std::array<std::string_view, 4> tier_words{"device", "self_hosted", "remote", "*"};
constexpr std::array<std::string_view, 4> privacy_words{"public", "internal", "private", "none"};

bool is_all(const std::vector<std::string>& names) {
  return std::ranges::find(names, "*") != names.end();
}

void apply_names(const std::vector<std::string>& wanted, std::vector<std::string>& to) {
  if (wanted.empty()) return;
  to = is_all(wanted) ? std::vector<std::string>() : wanted;
}

std::string apply_tiers(const std::vector<std::string>& wanted, key_record& to) {
  std::vector<config::tier> out;
  for (const auto& word : wanted) {
    if (word == "*") continue;
    const auto tier = tier_of(word);
    if (!tier) return fmt::format("`{}` is no tier: {}", word, config::suggestion(word, tier_words));
    out.push_back(*tier);
  }
  if (is_all(wanted)) out.clear();
  if (!wanted.empty()) to.tiers = std::move(out);
  return {};
}

std::string apply(const key_wishes& wishes, std::int64_t now, key_record& to) {
  std::string why;
  if (wishes.expires == "never") {
    to.expires.reset();
  } else if (!wishes.expires.empty()) {
    to.expires = read_expiry(wishes.expires, now, why);
    if (!to.expires) return why;
  }
  if (auto wrong_amount = apply_amounts(wishes, to); !wrong_amount.empty()) return wrong_amount;
  if (wishes.privacy == "none") {
    to.privacy.reset();
  } else if (!wishes.privacy.empty()) {
    to.privacy = privacy_of(wishes.privacy);
    if (!to.privacy)
      return fmt::format("`{}` is no privacy level: {}", wishes.privacy,
                         config::suggestion(wishes.privacy, privacy_words));
  }
  if (auto wrong_tier = apply_tiers(wishes.tiers, to); !wrong_tier.empty()) return wrong_tier;
  if (!wishes.team.empty()) to.team = wishes.team == "none" ? std::string() : wishes.team;
  apply_names(wishes.models, to.models);
  apply_names(wishes.tags, to.tags);
  return {};
}

key_record* find(std::vector<key_record>& keys, std::string_view name) {
  const auto found = std::ranges::find(keys, name, &key_record::name);
  return found == keys.end() ? nullptr : &*found;
}

std::string unknown(std::string_view name, const std::vector<key_record>& keys) {
  std::string all;
  for (const auto& key : keys) all += (all.empty() ? "" : ", ") + key.name;
  return fmt::format("there is no key `{}`; there {}", name, all.empty() ? "are none" : "are " + all);
}

}  // namespace

std::optional<key_budget> read_budget(std::string_view text, std::string& why) {
  const auto slash = text.rfind('/');
  const auto period =
      slash == std::string_view::npos ? std::nullopt : config::period_of(text.substr(slash + 1));
  const auto money = config::parse_number(text.substr(0, slash), config::quantity::usd);
  if (!period || !money.value) {
    why = fmt::format("`{}` is no budget: {}", text, budget_form);
    return std::nullopt;
  }
  // Not `>`: what is no number is refused as well.
  if (!(*money.value <= to_usd(most_money))) {
    why = fmt::format("`{}` is more than a budget can be, {:.0f} USD; `none` bounds nothing", text,
                      to_usd(most_money));
    return std::nullopt;
  }
  return key_budget{from_usd(*money.value), *period};
}

std::optional<key_rate> read_rate(std::string_view text, std::string& why) {
  const auto slash = text.rfind('/');
  const auto period =
      slash == std::string_view::npos ? std::nullopt : config::period_of(text.substr(slash + 1));
  const auto count = text.substr(0, slash);
  std::uint64_t requests = 0;
  const auto [end, failed] = std::from_chars(count.data(), count.data() + count.size(), requests);
  if (!period || failed != std::errc{} || end != count.data() + count.size() || requests == 0) {
    why = fmt::format("`{}` is no rate: {}", text, rate_form);
    return std::nullopt;
  }
  if (requests > most_requests) {
    why = fmt::format("`{}` is more than a rate can be, {}; `none` bounds nothing", text, most_requests);
    return std::nullopt;
  }
  return key_rate{requests, *period};
}

std::string to_text(const key_budget& budget) {
  return fmt::format("{} USD/{}", plain_usd(budget.max), to_string(budget.per));
}

std::string to_text(const key_rate& rate) {
  return fmt::format("{}/{}", rate.requests, to_string(rate.per));
}

routes::result<made_key> create_key(const std::string& path, const key_wishes& wishes, std::int64_t now) {
  if (!is_name(wishes.name))
    return wrong(
        fmt::format("`{}` is no name for a key: up to 64 letters, digits, dots, `-` and `_`", wishes.name));
  made_key out;
  out.key = make_key();
  out.record.name = wishes.name;
  out.record.hash = hash_key(out.key.reveal());
  out.record.hint = hint_of(out.key.reveal());
  out.record.created = now;
  if (auto why = apply(wishes, now, out.record); !why.empty()) return wrong(std::move(why));
  auto edited = edit_keys(path, [&](std::vector<key_record>& keys) -> std::string {
    if (find(keys, wishes.name) != nullptr)
      return fmt::format("there is a key `{}` already: change it, rotate it, or choose another name",
                         wishes.name);
    keys.push_back(out.record);
    return {};
  });
  if (!edited) return std::move(edited).error();
  return out;
}

routes::result<made_key> rotate_key(const std::string& path, std::string_view name) {
  made_key out;
  out.key = make_key();
  auto edited = edit_keys(path, [&](std::vector<key_record>& keys) -> std::string {
    auto* key = find(keys, name);
    if (key == nullptr) return unknown(name, keys);
    if (key->revoked) return fmt::format("key `{}` is revoked: make a new one", name);
    key->hash = hash_key(out.key.reveal());
    key->hint = hint_of(out.key.reveal());
    out.record = *key;
    return {};
  });
  if (!edited) return std::move(edited).error();
  return out;
}

routes::result<key_record> change_key(const std::string& path, const key_wishes& wishes, std::int64_t now) {
  key_record out;
  auto edited = edit_keys(path, [&](std::vector<key_record>& keys) -> std::string {
    auto* key = find(keys, wishes.name);
    if (key == nullptr) return unknown(wishes.name, keys);
    auto changed = *key;
    if (auto why = apply(wishes, now, changed); !why.empty()) return why;
    *key = changed;
    out = changed;
    return {};
  });
  if (!edited) return std::move(edited).error();
  return out;
}

routes::result<key_record> revoke_key(const std::string& path, std::string_view name) {
  key_record out;
  auto edited = edit_keys(path, [&](std::vector<key_record>& keys) -> std::string {
    auto* key = find(keys, name);
    if (key == nullptr) return unknown(name, keys);
    key->revoked = true;
    out = *key;
    return {};
  });
  if (!edited) return std::move(edited).error();
  return out;
}

}  // namespace nearfar::gateway
