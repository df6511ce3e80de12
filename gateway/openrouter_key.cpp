#include "gateway/openrouter_key.hpp"

#include "gateway/ledger/usage_report.hpp"
#include "gateway/limits/window.hpp"
#include "gateway/utc_text.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <ctime>
#include <string_view>

namespace nearfar::gateway {

namespace json = boost::json;

namespace {

constexpr std::int64_t day_seconds = 86'400;

std::string_view reset_word(config::period per) {
  switch (per) {
    case config::period::minute:
      return "minutely";
    case config::period::hour:
      return "hourly";
    case config::period::day:
      return "daily";
    case config::period::month:
      return "monthly";
  }
  return "";
}

routes::result<nano_usd> spent_in_window(ledger_store& store, const key_record& key, const key_usage& used,
                                         std::int64_t now) {
  switch (key.budget->per) {
    // The sums of days know these without a look at every row.
    case config::period::day:
      return nano_usd{used.day};
    case config::period::month:
      return nano_usd{used.month};
    case config::period::minute:
    case config::period::hour:
      break;
  }
  nano_usd spent = 0;
  const auto read =
      store.each_since(window_at(key.budget->per, now).begin * 1000, [&](const ledger_row& row) {
        if (row.key == key.name) spent += row.cost.value_or(0);
      });
  if (!read) return read.error();
  return spent;
}

}  // namespace

routes::result<key_usage> key_usage_of(ledger_store& store, const std::optional<key_record>& key,
                                       std::int64_t now) {
  const auto today = now / day_seconds;
  // 1970-01-01 was a Thursday.
  const auto monday = today - (today + 3) % 7;
  const auto first_of_month = window_at(config::period::month, now).begin / day_seconds;
  usage_filter of{0, today + 1, std::nullopt};
  if (key) of.key = key->name;
  const auto days = store.usage(of, usage_group::day);
  if (!days) return days.error();
  key_usage out;
  for (const auto& one : *days) {
    const auto day = day_of(one.group).value_or(0);
    out.all += one.cost;
    if (day >= today) out.day += one.cost;
    if (day >= monday) out.week += one.cost;
    if (day >= first_of_month) out.month += one.cost;
  }
  if (!key || !key->budget) return out;
  const auto window = spent_in_window(store, *key, out, now);
  if (!window) return window.error();
  out.window = *window;
  return out;
}

std::string key_json(const std::optional<key_record>& key, const key_usage& used) {
  const bool bounded = key && key->budget;
  const auto text_of = [](std::string_view text) { return json::serialize(json::value(text)); };
  const auto remaining = bounded ? std::max<nano_usd>(key->budget->max - used.window, 0) : 0;
  // Not by the library's writer: its numbers have exponents, which some clients of money do not read.
  return fmt::format(
      R"({{"data":{{"label":{},"limit":{},"limit_remaining":{},"limit_reset":{},"usage":{},"usage_daily":{},)"
      R"("usage_weekly":{},"usage_monthly":{},"byok_usage":0,"include_byok_in_limit":false,)"
      R"("is_free_tier":false,"is_management_key":false,"is_provisioning_key":false,"expires_at":{}}}}})",
      text_of(key ? std::string_view(key->name) : "nearfar"), bounded ? plain_usd(key->budget->max) : "null",
      bounded ? plain_usd(remaining) : "null", bounded ? text_of(reset_word(key->budget->per)) : "null",
      plain_usd(used.all), plain_usd(used.day), plain_usd(used.week), plain_usd(used.month),
      key && key->expires ? text_of(utc_text(*key->expires)) : "null");
}

std::string credits_json(const std::optional<key_record>& key, const key_usage& used) {
  const bool bounded = key && key->budget;
  return fmt::format(R"({{"data":{{"total_credits":{},"total_usage":{}}}}})",
                     bounded ? plain_usd(key->budget->max) : "null",
                     plain_usd(bounded ? used.window : used.all));
}

}  // namespace nearfar::gateway
