#include "gateway/admin_usage.hpp"

#include "config/fields_policy.hpp"
#include "gateway/core.hpp"
#include "gateway/keys/key_ring.hpp"
#include "gateway/ledger/usage_report.hpp"
#include "gateway/limits/query_limits.hpp"
#include "gateway/query_parameters.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <ctime>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace nearfar::gateway {

namespace {

namespace json = boost::json;

constexpr std::int64_t usual_days = 30;

enum class usage_form : std::uint8_t { json, csv };

struct usage_question {
  usage_group by = usage_group::day;
  usage_filter of;
  usage_form form = usage_form::json;
};

simple_answer wrong_parameter(std::string_view what) {
  return simple_error(400, "invalid_parameter", what);
}

// Empty, or what is wrong with it.
std::string take(std::string_view name, const std::string& value, usage_question& out) {
  if (name == "by") {
    const auto by = usage_group_of(value);
    if (!by) return fmt::format("`by` takes day, key, team, tag, model, target or tier, not `{}`", value);
    out.by = *by;
  } else if (name == "from" || name == "to") {
    const auto day = day_of(value);
    if (!day) return fmt::format("`{}` takes a day such as 2026-11-22, not `{}`", name, value);
    (name == "from" ? out.of.from_day : out.of.to_day) = *day;
  } else if (name == "key") {
    out.of.key = value;
  } else if (name == "as") {
    if (value != "json" && value != "csv") return fmt::format("`as` takes json or csv, not `{}`", value);
    out.form = value == "csv" ? usage_form::csv : usage_form::json;
  } else {
    return fmt::format("unknown parameter `{}`; there are by, from, to, key and as", name);
  }
  return "";
}

std::string read_question(std::string_view query, usage_question& out) {
  const auto given = read_query_parameters(query);
  if (!given) return "a percent sign in the query needs two hexadecimal digits";
  const auto today = static_cast<std::int64_t>(std::time(nullptr)) / 86'400;
  constexpr std::int64_t not_given = std::numeric_limits<std::int64_t>::min();
  out.of = {not_given, today, std::nullopt};
  for (const auto& [name, value] : *given) {
    if (auto wrong = take(name, value, out); !wrong.empty()) return wrong;
  }
  if (out.of.from_day == not_given) out.of.from_day = out.of.to_day - usual_days + 1;
  if (out.of.from_day > out.of.to_day)
    return fmt::format("the first day is later than the last: {} and {}", date_of_day(out.of.from_day),
                       date_of_day(out.of.to_day));
  return "";
}

simple_answer unreadable(std::string_view why) {
  return simple_error(503, "ledger_unreadable", fmt::format("the ledger cannot be read: {}", why));
}

simple_answer report(ledger_store& store, const usage_question& asked) {
  const auto sums = store.usage(asked.of, asked.by);
  if (!sums) return unreadable(sums.error().context);
  const usage_period period{date_of_day(asked.of.from_day), date_of_day(asked.of.to_day)};
  if (asked.form == usage_form::csv) return {200, "text/csv; charset=utf-8", usage_csv(*sums, asked.by), {}};
  return {200, "application/json", usage_json(*sums, asked.by, period), {}};
}

void read_usage(core& on, std::string_view query, answer_sink done) {
  usage_question asked;
  if (const auto wrong = read_question(query, asked); !wrong.empty()) return done(wrong_parameter(wrong));
  on.shared.bill.ask([asked, done = std::move(done)](ledger_store* store, const std::string& why) {
    done(store == nullptr ? unreadable(why) : report(*store, asked));
  });
}

void forget_usage(core& on, std::string_view query, const answer_sink& done) {
  const auto given = read_query_parameters(query);
  if (!given || given->size() != 1 || given->front().first != "key" || given->front().second.empty())
    return done(wrong_parameter("`key` is missing: DELETE /admin/usage?key=NAME and nothing else"));
  auto& shared = on.shared;
  const auto key = given->front().second;
  shared.bill.forget(key, [&shared, key, done](const routes::result<std::int64_t>& rows) {
    if (!rows) return done(simple_error(503, "ledger_unwritable", rows.error().context));
    // Behind the rows: a start in between would make the accounts anew from them.
    shared.budgets.forget_key(key);
    const auto lines = shared.decisions.forget(key);
    if (!lines) return done(simple_error(503, "decision_log_unwritable", lines.error().context));
    done({200,
          "application/json",
          json::serialize(json::object{{"key", key}, {"attempts", *rows}, {"decisions", *lines}}),
          {}});
  });
}

std::string_view limit_word(config::limit_of what) {
  for (const auto& [word, value, doc] : config::limit_counts) {
    if (value == what) return word;
  }
  return "";
}

// "daily-spend/day key=anna" is the account of the limit `daily-spend` by the day.
bool is_account_of(const config::limit& of, std::string_view account) {
  const auto without_owner = [](std::string_view name) { return name.substr(0, name.find(' ')); };
  return without_owner(account) == without_owner(account_name(of, ""));
}

// Of a key's own budget or rate; null: the key has none of that period any more, or it is no such account.
json::value most_of_key(const key_ring& keys, std::string_view account) {
  const auto gap = account.find(" key=");
  if (gap == std::string_view::npos) return nullptr;
  const auto* key = keys.by_name(account.substr(gap + 5));
  if (key == nullptr) return nullptr;
  if (key->budget && account == key_account_name(budget_account_name, key->budget->per, key->name))
    return key->budget->max;
  if (key->rate && account == key_account_name(rate_account_name, key->rate->per, key->name))
    return key->rate->requests;
  return nullptr;
}

// Null: of a limit or a key before those in force, or an account that only tells what was spent.
json::value most_of_account(const core& on, std::string_view account) {
  if (account.starts_with(':')) return most_of_key(*on.keys, account);
  for (const auto& one : on.deployed->config->limits) {
    if (is_account_of(one, account))
      return one.max.money ? from_usd(one.max.value) : static_cast<nano_usd>(one.max.value);
  }
  return nullptr;
}

json::value moment_or_null(std::int64_t unix_seconds) {
  return unix_seconds == 0 ? json::value(nullptr) : json::value(unix_seconds);
}

}  // namespace

void answer_usage(core& on, std::string_view method, std::string_view query, answer_sink done) {
  if (method == "GET" || method == "HEAD") return read_usage(on, query, std::move(done));
  if (method == "DELETE") return forget_usage(on, query, done);
  done(simple_error(405, "method_not_allowed", "GET /admin/usage, or DELETE /admin/usage?key=NAME"));
}

simple_answer answer_limits(const core& on, std::string_view query) {
  if (!query.empty())
    return wrong_parameter("GET /admin/limits takes no parameters: it lists every account there is");
  json::array accounts;
  for (const auto& one : on.shared.budgets.view(std::time(nullptr))) {
    accounts.push_back(json::object{{"account", one.account},
                                    {"of", limit_word(one.of)},
                                    {"max", most_of_account(on, one.account)},
                                    {"used", one.used},
                                    {"reserved", one.reserved},
                                    {"begin", moment_or_null(one.in.begin)},
                                    {"end", moment_or_null(one.in.end)}});
  }
  return {200, "application/json", json::serialize(json::object{{"accounts", std::move(accounts)}}), {}};
}

}  // namespace nearfar::gateway
