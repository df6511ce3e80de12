#include "gateway/ledger/ledger_schema.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace nearfar::gateway {

namespace {

// Money in thousand-millionths of a USD. `accounts` is how those of limits stood when rows were written last,
// so that a start reads them and not the rows; `kept` is what else must outlive the process. `days` holds the
// sums that reports are made of: a month of a million rows is answered from some hundred of these. The day is
// UTC's.
constexpr std::string_view first_tables = R"(
CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  query TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  leg INTEGER NOT NULL,
  key TEXT NOT NULL,
  team TEXT NOT NULL,
  tag TEXT NOT NULL,
  model TEXT NOT NULL,
  target TEXT NOT NULL,
  tier TEXT NOT NULL,
  dialect TEXT NOT NULL,
  stream INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  status INTEGER NOT NULL,
  finish TEXT NOT NULL,
  input INTEGER NOT NULL,
  output INTEGER NOT NULL,
  cached INTEGER NOT NULL,
  cache_write INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  image INTEGER NOT NULL,
  audio INTEGER NOT NULL,
  sure TEXT NOT NULL,
  cost INTEGER,
  cost_reported INTEGER NOT NULL,
  dearest INTEGER,
  price_input REAL,
  price_output REAL,
  first_token_us INTEGER NOT NULL,
  took_us INTEGER NOT NULL,
  policy TEXT NOT NULL
);
CREATE INDEX attempts_by_query ON attempts (query);
CREATE INDEX attempts_by_time ON attempts (at);
CREATE TABLE days (
  day INTEGER NOT NULL,
  key TEXT NOT NULL,
  team TEXT NOT NULL,
  tag TEXT NOT NULL,
  model TEXT NOT NULL,
  target TEXT NOT NULL,
  tier TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  input INTEGER NOT NULL,
  output INTEGER NOT NULL,
  cached INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  cost INTEGER NOT NULL,
  estimated INTEGER NOT NULL,
  unpriced INTEGER NOT NULL,
  dearest INTEGER NOT NULL,
  PRIMARY KEY (day, key, team, tag, model, target, tier)
) WITHOUT ROWID;
CREATE TABLE accounts (
  name TEXT PRIMARY KEY,
  counts INTEGER NOT NULL,
  per INTEGER,
  used INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  window_begin INTEGER NOT NULL,
  window_end INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE kept (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
)";

constexpr std::array<std::string_view, ledger_version> steps{first_tables};

routes::result<int> version_of(database& of) {
  auto asked = of.prepare("PRAGMA user_version");
  if (!asked) return std::move(asked).error();
  auto row = asked->step();
  if (!row) return std::move(row).error();
  return static_cast<int>(asked->number(0));
}

}  // namespace

routes::result<void> migrate_ledger(database& of) {
  const auto now = version_of(of);
  if (!now) return now.error();
  if (*now > ledger_version) {
    return routes::make_error(
        routes::error_kind::internal,
        fmt::format(
            "the ledger is of version {}, this program knows up to {}: use the newer program, or move "
            "the file away",
            *now, ledger_version));
  }
  for (int version = *now; version < ledger_version; ++version) {
    const auto sql = fmt::format("BEGIN IMMEDIATE; {} PRAGMA user_version={}; COMMIT;",
                                 steps[static_cast<std::size_t>(version)], version + 1);
    if (auto ok = of.run(sql); !ok) {
      (void)of.run("ROLLBACK");
      return std::move(ok).error();
    }
  }
  return {};
}

}  // namespace nearfar::gateway
