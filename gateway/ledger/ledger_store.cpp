#include "gateway/ledger/ledger_store.hpp"

#include "gateway/ledger/ledger_schema.hpp"
#include "gateway/ledger/usage_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace nearfar::gateway {

namespace {

constexpr std::array<std::string_view, 7> group_words{"day", "key", "team", "tag", "model", "target", "tier"};

constexpr std::string_view account_sql =
    "INSERT OR REPLACE INTO accounts (name, counts, per, used, reserved, window_begin, window_end) VALUES "
    "(?1,?2,?3,?4,?5,?6,?7)";

std::uint64_t as_count(std::int64_t value) {
  return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

certainty certainty_of(std::string_view word) {
  for (const auto one : {certainty::reported, certainty::none}) {
    if (to_string(one) == word) return one;
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
  ledger_store out(std::make_unique<database>(std::move(*file)));
  if (mode == open_mode::read_write) {
    if (auto ok = migrate_ledger(*out.file_); !ok) return std::move(ok).error();
    if (auto ok = out.prepare(); !ok) return std::move(ok).error();
  }
  return out;
}

routes::result<void> ledger_store::prepare() {
  auto account = file_->prepare(account_sql);
  if (!account) return std::move(account).error();
  account_ = std::move(*account);
  writer_ = std::make_unique<row_writer>();
  return writer_->prepare(*file_);
}

routes::result<void> ledger_store::is_current() {
  if (writer_) return {};
  const auto version = version_of_ledger(*file_);
  if (!version) return version.error();
  if (*version == 0 || *version == ledger_version) return {};
  return routes::make_error(
      routes::error_kind::internal,
      fmt::format("the ledger is of version {}, and only one that can be written is brought "
                  "up to {}",
                  *version, ledger_version));
}

routes::result<void> ledger_store::add(std::span<const ledger_row> rows,
                                       std::span<const account_view> accounts) {
  row_packs packs;
  packs.push_back(pack(rows));
  return add(packs, accounts);
}

routes::result<void> ledger_store::add(const row_packs& rows, std::span<const account_view> accounts) {
  if (auto ok = file_->run("BEGIN IMMEDIATE"); !ok) return ok;
  routes::result<void> ok;
  for (std::size_t i = 0; ok && i < accounts.size(); ++i) ok = put_account(accounts[i]);
  if (ok) ok = writer_->write(rows);
  if (ok) ok = file_->run("COMMIT");
  if (ok) return ok;
  // A full disk may show only at the end; what was begun must not stay open.
  (void)file_->run("ROLLBACK");
  writer_->forget();
  return ok;
}

void ledger_store::release() {
  if (writer_) writer_->release();
  file_->release();
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
  auto asked = file_->prepare(
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
  auto put = file_->prepare("INSERT OR REPLACE INTO kept (name, text) VALUES (?1, ?2)");
  if (!put) return std::move(put).error();
  put->bind(1, name).bind(2, text);
  return put->run();
}

routes::result<std::optional<std::string>> ledger_store::kept(std::string_view name) {
  auto asked = file_->prepare("SELECT text FROM kept WHERE name = ?1");
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

routes::result<void> ledger_store::read_all(statement& from, std::vector<ledger_row>& into) {
  for (;;) {
    auto more = from.step();
    if (!more) return std::move(more).error();
    if (!*more) return {};
    into.push_back(read(from));
  }
}

routes::result<void> ledger_store::find_by(std::string_view where, const query_id& id,
                                           std::vector<ledger_row>& into) {
  auto asked = file_->prepare(
      fmt::format("SELECT {} FROM entries AS e LEFT JOIN groups AS g ON g.id = e.grp WHERE e.secret = ?1 AND "
                  "e.core = ?2 AND (e.id >> 20) - e.since = ?3 AND {}",
                  attempt_columns(), where));
  if (!asked) return std::move(asked).error();
  asked->bind(1, static_cast<std::int64_t>(id.secret)).bind(2, std::int64_t{id.core});
  asked->bind(3, static_cast<std::int64_t>(id.began_ms));
  return read_all(*asked, into);
}

routes::result<std::vector<ledger_row>> ledger_store::find(std::string_view query) {
  if (auto ok = is_current(); !ok) return std::move(ok).error();
  std::vector<ledger_row> out;
  if (const auto id = parse_query_id(query)) {
    const auto began = static_cast<std::int64_t>(id->began_ms);
    const auto quick = fmt::format("e.id BETWEEN {} AND {} AND e.sought IS NULL", id_of_time(began),
                                   id_of_time(began + quick_ms + 1) - 1);
    if (auto ok = find_by(quick, *id, out); !ok) return std::move(ok).error();
    if (auto ok = find_by("e.sought = ?3", *id, out); !ok) return std::move(ok).error();
  } else {
    auto asked = file_->prepare(
        fmt::format("SELECT {} FROM entries AS e LEFT JOIN groups AS g ON g.id = e.grp WHERE e.sought = ?1",
                    attempt_columns()));
    if (!asked) return std::move(asked).error();
    asked->bind(1, query);
    if (auto ok = read_all(*asked, out); !ok) return std::move(ok).error();
  }
  std::ranges::sort(out, {}, &ledger_row::attempt);
  return out;
}

routes::result<std::vector<usage_sum>> ledger_store::usage(const usage_filter& of, usage_group by) {
  const auto column = to_string(by);
  auto asked = file_->prepare(fmt::format(
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
  if (auto ok = is_current(); !ok) return std::move(ok).error();
  return nearfar::gateway::spent_by(*file_, owner, from_ms, until_ms);
}

routes::result<std::int64_t> ledger_store::forget_before(std::int64_t unix_ms) {
  // In slices, so that another process that writes waits for one of them and not for a million rows.
  constexpr std::int64_t slice = 10'000;
  auto rows = file_->prepare(
      "DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE id < ?1 ORDER BY id LIMIT ?2)");
  if (!rows) return std::move(rows).error();
  std::int64_t gone = 0;
  for (std::int64_t last = slice; last == slice; gone += last) {
    if (auto ok = rows->bind(1, id_of_time(unix_ms)).bind(2, slice).run(); !ok) return std::move(ok).error();
    last = file_->changes();
  }
  for (const std::string_view sql :
       {"DELETE FROM days WHERE day < ?1", "DELETE FROM groups WHERE last_day < ?1"}) {
    auto old = file_->prepare(sql);
    if (!old) return std::move(old).error();
    if (auto ok = old->bind(1, unix_ms / day_ms).run(); !ok) return std::move(ok).error();
  }
  writer_->forget();
  return gone;
}

routes::result<std::int64_t> ledger_store::forget_key(std::string_view key) {
  if (!writer_)
    return routes::make_error(routes::error_kind::internal,
                              "the ledger can only be read now: nothing was erased");
  // Deleted rows would stay readable in free pages until they are written over.
  if (auto ok = file_->run("PRAGMA secure_delete=ON; BEGIN IMMEDIATE;"); !ok) return std::move(ok).error();
  auto gone = erase_key(key);
  auto end = file_->run(gone ? "COMMIT" : "ROLLBACK");
  if (gone && !end) {
    (void)file_->run("ROLLBACK");
    return std::move(end).error();
  }
  // And in the write-ahead log until it begins anew. Whoever reads now keeps it; then the next writer's does.
  (void)file_->run("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA secure_delete=FAST;");
  writer_->forget();
  return gone;
}

routes::result<std::int64_t> ledger_store::erase_key(std::string_view key) {
  auto rows = file_->prepare("DELETE FROM entries WHERE grp IN (SELECT id FROM groups WHERE key = ?1)");
  if (!rows) return std::move(rows).error();
  if (auto ok = rows->bind(1, key).run(); !ok) return std::move(ok).error();
  const auto gone = file_->changes();
  for (const std::string_view sql :
       {"DELETE FROM groups WHERE key = ?1", "DELETE FROM days WHERE key = ?1"}) {
    auto all = file_->prepare(sql);
    if (!all) return std::move(all).error();
    if (auto ok = all->bind(1, key).run(); !ok) return std::move(ok).error();
  }
  auto accounts = file_->prepare("DELETE FROM accounts WHERE substr(name, instr(name, ' ')) = ?1");
  if (!accounts) return std::move(accounts).error();
  if (auto ok = accounts->bind(1, " key=" + std::string(key)).run(); !ok) return std::move(ok).error();
  return gone;
}

routes::result<std::string> ledger_store::check() {
  auto asked = file_->prepare("PRAGMA integrity_check(1)");
  if (!asked) return std::move(asked).error();
  auto row = asked->step();
  if (!row) return std::move(row).error();
  return std::string(asked->text(0));
}

}  // namespace nearfar::gateway
