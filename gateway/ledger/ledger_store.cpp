#include "gateway/ledger/ledger_store.hpp"

#include "gateway/ledger/ledger_schema.hpp"
#include "gateway/ledger/usage_report.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <tuple>

namespace nearfar::gateway {

namespace {

constexpr std::int64_t day_ms = 24LL * 60 * 60 * 1000;

constexpr std::array<std::string_view, 7> group_words{"day", "key", "team", "tag", "model", "target", "tier"};
constexpr std::array<std::string_view, 3> sure_words{"reported", "estimated", "none"};

constexpr std::string_view insert_sql =
    "INSERT INTO attempts (at, query, attempt, leg, key, team, tag, model, target, tier, dialect, stream, "
    "outcome, "
    "status, finish, input, output, cached, cache_write, reasoning, image, audio, sure, cost, "
    "cost_reported, dearest, price_input, price_output, first_token_us, took_us, policy) VALUES "
    "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,?28,"
    "?29,?30,?31)";

constexpr std::string_view sum_sql =
    "INSERT INTO days (day, key, team, tag, model, target, tier, attempts, answered, input, output, cached, "
    "reasoning, cost, estimated, unpriced, dearest) VALUES "
    "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17) "
    "ON CONFLICT (day, key, team, tag, model, target, tier) DO UPDATE SET attempts = attempts + ?8, "
    "answered = answered + ?9, input = input + ?10, output = output + ?11, cached = cached + ?12, "
    "reasoning = reasoning + ?13, cost = cost + ?14, estimated = estimated + ?15, unpriced = unpriced + ?16, "
    "dearest = dearest + ?17";

constexpr std::string_view account_sql =
    "INSERT OR REPLACE INTO accounts (name, counts, per, used, reserved, window_begin, window_end) VALUES "
    "(?1,?2,?3,?4,?5,?6,?7)";

std::int64_t as_int(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

std::uint64_t as_count(std::int64_t value) {
  return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

void bind_money(statement& to, int at, const std::optional<nano_usd>& amount) {
  if (amount) {
    to.bind(at, *amount);
  } else {
    to.bind_null(at);
  }
}

void bind_price(statement& to, int at, const std::optional<double>& price) {
  if (price) {
    to.bind(at, *price);
  } else {
    to.bind_null(at);
  }
}

certainty certainty_of(std::string_view word) {
  for (std::size_t i = 0; i < sure_words.size(); ++i) {
    if (sure_words[i] == word) return static_cast<certainty>(i);
  }
  return certainty::estimated;
}

}  // namespace

std::optional<usage_group> usage_group_of(std::string_view word) {
  for (std::size_t i = 0; i < group_words.size(); ++i) {
    if (group_words[i] == word) return static_cast<usage_group>(i);
  }
  return std::nullopt;
}

std::string_view to_string(usage_group g) {
  return group_words[static_cast<std::size_t>(g)];
}

routes::result<ledger_store> ledger_store::open(const std::string& path, open_mode mode) {
  auto file = database::open(path, mode);
  if (!file) return std::move(file).error();
  ledger_store out(std::move(*file));
  if (mode == open_mode::read_write) {
    if (auto ok = migrate_ledger(out.file_); !ok) return std::move(ok).error();
    if (auto ok = out.prepare(); !ok) return std::move(ok).error();
  }
  return out;
}

routes::result<void> ledger_store::prepare() {
  auto insert = file_.prepare(insert_sql);
  if (!insert) return std::move(insert).error();
  auto account = file_.prepare(account_sql);
  if (!account) return std::move(account).error();
  account_ = std::move(*account);
  auto sum = file_.prepare(sum_sql);
  if (!sum) return std::move(sum).error();
  insert_ = std::move(*insert);
  sum_ = std::move(*sum);
  return {};
}

routes::result<void> ledger_store::add(std::span<const ledger_row> rows,
                                       std::span<const account_view> accounts) {
  if (auto ok = file_.run("BEGIN IMMEDIATE"); !ok) return ok;
  routes::result<void> ok;
  for (std::size_t i = 0; ok && i < accounts.size(); ++i) ok = put_account(accounts[i]);
  for (std::size_t i = 0; ok && i < rows.size(); ++i) ok = insert(rows[i]);
  if (ok) ok = sum_up(rows);
  if (ok) ok = file_.run("COMMIT");
  // A full disk may show only at the end; what was begun must not stay open.
  if (!ok) (void)file_.run("ROLLBACK");
  return ok;
}

routes::result<void> ledger_store::insert(const ledger_row& row) {
  auto& s = insert_;
  s.bind(1, row.at).bind(2, row.query).bind(3, std::int64_t{row.attempt}).bind(4, std::int64_t{row.leg});
  s.bind(5, row.key).bind(6, row.team).bind(7, row.tag).bind(8, row.model).bind(9, row.target);
  s.bind(10, row.tier).bind(11, row.dialect).bind(12, std::int64_t{row.stream}).bind(13, row.outcome);
  s.bind(14, std::int64_t{row.status}).bind(15, row.finish).bind(16, as_int(row.tokens.input));
  s.bind(17, as_int(row.tokens.output))
      .bind(18, as_int(row.tokens.cached))
      .bind(19, as_int(row.tokens.cache_write));
  s.bind(20, as_int(row.tokens.reasoning)).bind(21, as_int(row.tokens.image));
  s.bind(22, as_int(row.tokens.audio)).bind(23, sure_words[static_cast<std::size_t>(row.sure)]);
  bind_money(s, 24, row.cost);
  s.bind(25, std::int64_t{row.cost_is_reported});
  bind_money(s, 26, row.dearest);
  bind_price(s, 27, row.price_input);
  bind_price(s, 28, row.price_output);
  s.bind(29, row.first_token_us).bind(30, row.took_us).bind(31, row.policy);
  return s.run();
}

// Rows of one batch are mostly of few groups: they are added up before the file is asked.
routes::result<void> ledger_store::sum_up(std::span<const ledger_row> rows) {
  using text = std::string_view;
  std::map<std::tuple<std::int64_t, text, text, text, text, text, text>, usage_sum> groups;
  for (const auto& row : rows) {
    const bool used = row.tokens.input > 0 || row.tokens.output > 0;
    const auto cost = row.cost.value_or(0);
    auto& sum = groups[{row.at / day_ms, row.key, row.team, row.tag, row.model, row.target, row.tier}];
    ++sum.attempts;
    if (row.outcome == "answered") ++sum.answered;
    sum.input += row.tokens.input;
    sum.output += row.tokens.output;
    sum.cached += row.tokens.cached;
    sum.reasoning += row.tokens.reasoning;
    sum.cost += cost;
    if (row.sure == certainty::estimated) sum.estimated += cost;
    if (used && !row.cost) ++sum.unpriced;
    sum.dearest += row.dearest.value_or(cost);
  }
  auto& s = sum_;
  for (const auto& [group, sum] : groups) {
    const auto& [day, key, team, tag, model, target, tier] = group;
    s.bind(1, day).bind(2, key).bind(3, team).bind(4, tag).bind(5, model).bind(6, target).bind(7, tier);
    s.bind(8, as_int(sum.attempts)).bind(9, as_int(sum.answered)).bind(10, as_int(sum.input));
    s.bind(11, as_int(sum.output)).bind(12, as_int(sum.cached)).bind(13, as_int(sum.reasoning));
    s.bind(14, sum.cost).bind(15, sum.estimated).bind(16, as_int(sum.unpriced)).bind(17, sum.dearest);
    if (auto ok = s.run(); !ok) return ok;
  }
  return {};
}

routes::result<void> ledger_store::put_account(const account_view& one) {
  auto& s = account_;
  s.bind(1, one.account).bind(2, static_cast<std::int64_t>(one.of));
  if (one.per) {
    s.bind(3, static_cast<std::int64_t>(*one.per));
  } else {
    s.bind_null(3);
  }
  s.bind(4, one.used).bind(5, one.reserved).bind(6, one.in.begin).bind(7, one.in.end);
  return s.run();
}

routes::result<std::vector<account_view>> ledger_store::accounts(std::int64_t now) {
  auto asked = file_.prepare(
      "SELECT name, counts, per, used, reserved, window_begin, window_end FROM accounts "
      "WHERE per IS NOT NULL AND window_end > ?1 ORDER BY name");
  if (!asked) return std::move(asked).error();
  asked->bind(1, now);
  std::vector<account_view> out;
  for (;;) {
    auto more = asked->step();
    if (!more) return std::move(more).error();
    if (!*more) return out;
    account_view one;
    one.account = asked->text(0);
    one.of = static_cast<config::limit_of>(asked->number(1));
    one.per = static_cast<config::period>(asked->number(2));
    one.used = asked->number(3);
    one.reserved = asked->number(4);
    one.in = {asked->number(5), asked->number(6)};
    out.push_back(std::move(one));
  }
}

routes::result<void> ledger_store::keep(std::string_view name, std::string_view text) {
  auto put = file_.prepare("INSERT OR REPLACE INTO kept (name, text) VALUES (?1, ?2)");
  if (!put) return std::move(put).error();
  put->bind(1, name).bind(2, text);
  return put->run();
}

routes::result<std::optional<std::string>> ledger_store::kept(std::string_view name) {
  auto asked = file_.prepare("SELECT text FROM kept WHERE name = ?1");
  if (!asked) return std::move(asked).error();
  asked->bind(1, name);
  auto more = asked->step();
  if (!more) return std::move(more).error();
  if (!*more) return std::optional<std::string>();
  return std::optional(std::string(asked->text(0)));
}

ledger_row ledger_store::read(const statement& from) {
  ledger_row out;
  int c = 1;  // behind `id`
  const auto text = [&] { return std::string(from.text(c++)); };
  const auto number = [&] { return from.number(c++); };
  const auto money = [&]() -> std::optional<nano_usd> {
    const int at = c++;
    return from.is_null(at) ? std::nullopt : std::optional(from.number(at));
  };
  const auto price = [&]() -> std::optional<double> {
    const int at = c++;
    return from.is_null(at) ? std::nullopt : std::optional(from.real(at));
  };
  out.at = number();
  out.query = text();
  out.attempt = static_cast<unsigned>(number());
  out.leg = static_cast<unsigned>(number());
  out.key = text();
  out.team = text();
  out.tag = text();
  out.model = text();
  out.target = text();
  out.tier = text();
  out.dialect = text();
  out.stream = number() != 0;
  out.outcome = text();
  out.status = static_cast<int>(number());
  out.finish = text();
  out.tokens.input = as_count(number());
  out.tokens.output = as_count(number());
  out.tokens.cached = as_count(number());
  out.tokens.cache_write = as_count(number());
  out.tokens.reasoning = as_count(number());
  out.tokens.image = as_count(number());
  out.tokens.audio = as_count(number());
  out.sure = certainty_of(from.text(c++));
  out.cost = money();
  out.cost_is_reported = number() != 0;
  out.dearest = money();
  out.price_input = price();
  out.price_output = price();
  out.first_token_us = number();
  out.took_us = number();
  out.policy = text();
  return out;
}

routes::result<std::vector<ledger_row>> ledger_store::find(std::string_view query) {
  auto asked = file_.prepare("SELECT * FROM attempts WHERE query = ?1 ORDER BY attempt");
  if (!asked) return std::move(asked).error();
  asked->bind(1, query);
  std::vector<ledger_row> out;
  for (;;) {
    auto more = asked->step();
    if (!more) return std::move(more).error();
    if (!*more) return out;
    out.push_back(read(*asked));
  }
}

routes::result<std::vector<usage_sum>> ledger_store::usage(const usage_filter& of, usage_group by) {
  const auto column = to_string(by);
  auto asked = file_.prepare(fmt::format(
      "SELECT {0}, SUM(attempts), SUM(answered), SUM(input), SUM(output), SUM(cached), SUM(reasoning), "
      "SUM(cost), "
      "SUM(estimated), SUM(unpriced), SUM(dearest) FROM days WHERE day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR "
      "key = ?3) GROUP BY {0} ORDER BY {1}",
      column, by == usage_group::day ? "day" : "SUM(cost) DESC, SUM(attempts) DESC, 1"));
  if (!asked) return std::move(asked).error();
  asked->bind(1, of.from_day).bind(2, of.to_day);
  if (of.key) {
    asked->bind(3, *of.key);
  } else {
    asked->bind_null(3);
  }
  std::vector<usage_sum> out;
  for (;;) {
    auto more = asked->step();
    if (!more) return std::move(more).error();
    if (!*more) return out;
    auto& sum = out.emplace_back();
    sum.group = by == usage_group::day ? date_of_day(asked->number(0)) : std::string(asked->text(0));
    sum.attempts = as_count(asked->number(1));
    sum.answered = as_count(asked->number(2));
    sum.input = as_count(asked->number(3));
    sum.output = as_count(asked->number(4));
    sum.cached = as_count(asked->number(5));
    sum.reasoning = as_count(asked->number(6));
    sum.cost = asked->number(7);
    sum.estimated = asked->number(8);
    sum.unpriced = as_count(asked->number(9));
    sum.dearest = asked->number(10);
  }
}

routes::result<std::vector<ledger_store::owner_sum>> ledger_store::spent_by(config::limit_by owner,
                                                                            std::int64_t from_ms,
                                                                            std::int64_t until_ms) {
  constexpr std::array<std::string_view, 6> columns{"''", "key", "team", "tag", "model", "tier"};
  auto asked = file_.prepare(
      fmt::format("SELECT {} AS owner, SUM(COALESCE(cost, 0)), SUM(input + output), COUNT(DISTINCT query) "
                  "FROM attempts WHERE at >= ?1 AND at < ?2 GROUP BY owner",
                  columns[static_cast<std::size_t>(owner)]));
  if (!asked) return std::move(asked).error();
  asked->bind(1, from_ms).bind(2, until_ms);
  std::vector<owner_sum> out;
  for (;;) {
    auto more = asked->step();
    if (!more) return std::move(more).error();
    if (!*more) return out;
    out.push_back({std::string(asked->text(0)), asked->number(1), asked->number(2), asked->number(3)});
  }
}

routes::result<std::int64_t> ledger_store::forget_before(std::int64_t unix_ms) {
  // In slices, so that another process that writes waits for one of them and not for a million rows.
  constexpr std::int64_t slice = 10'000;
  auto rows = file_.prepare(
      "DELETE FROM attempts WHERE id IN (SELECT id FROM attempts WHERE at < ?1 ORDER BY at LIMIT ?2)");
  if (!rows) return std::move(rows).error();
  std::int64_t gone = 0;
  for (std::int64_t last = slice; last == slice; gone += last) {
    if (auto ok = rows->bind(1, unix_ms).bind(2, slice).run(); !ok) return std::move(ok).error();
    last = file_.changes();
  }
  auto days = file_.prepare("DELETE FROM days WHERE day < ?1");
  if (!days) return std::move(days).error();
  if (auto ok = days->bind(1, unix_ms / day_ms).run(); !ok) return std::move(ok).error();
  return gone;
}

routes::result<std::int64_t> ledger_store::forget_key(std::string_view key) {
  // Deleted rows would stay readable in free pages until they are written over.
  if (auto ok = file_.run("PRAGMA secure_delete=ON; BEGIN IMMEDIATE;"); !ok) return std::move(ok).error();
  auto gone = erase_key(key);
  auto end = file_.run(gone ? "COMMIT" : "ROLLBACK");
  if (gone && !end) {
    (void)file_.run("ROLLBACK");
    return std::move(end).error();
  }
  // And in the write-ahead log until it begins anew. Whoever reads now keeps it; then the next writer's does.
  (void)file_.run("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA secure_delete=FAST;");
  return gone;
}

routes::result<std::int64_t> ledger_store::erase_key(std::string_view key) {
  auto rows = file_.prepare("DELETE FROM attempts WHERE key = ?1");
  if (!rows) return std::move(rows).error();
  if (auto ok = rows->bind(1, key).run(); !ok) return std::move(ok).error();
  const auto gone = file_.changes();
  auto days = file_.prepare("DELETE FROM days WHERE key = ?1");
  if (!days) return std::move(days).error();
  if (auto ok = days->bind(1, key).run(); !ok) return std::move(ok).error();
  auto accounts = file_.prepare("DELETE FROM accounts WHERE substr(name, instr(name, ' ')) = ?1");
  if (!accounts) return std::move(accounts).error();
  if (auto ok = accounts->bind(1, " key=" + std::string(key)).run(); !ok) return std::move(ok).error();
  return gone;
}

routes::result<std::string> ledger_store::check() {
  auto asked = file_.prepare("PRAGMA integrity_check(1)");
  if (!asked) return std::move(asked).error();
  auto row = asked->step();
  if (!row) return std::move(row).error();
  return std::string(asked->text(0));
}

}  // namespace nearfar::gateway
