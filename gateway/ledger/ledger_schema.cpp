#include "gateway/ledger/ledger_schema.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
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

// A row is numbers, and words stand once, in `groups`: a third of the bytes and a tenth of the work. A
// group is gone with the last day that used it. `since`: milliseconds from the begin of the query, which its
// id tells, to the end of the attempt. `first`: 1 of its query, 2 of the query's in this tier, 0 neither.
// `sought`: the begin, of what took long; the id itself where it is in no form of today's; or nothing.
// Without types and constraints: each is a step of SQLite's machine for every row.
constexpr std::string_view narrow_tables = R"(
CREATE TABLE groups (
  id INTEGER PRIMARY KEY,
  last_day INTEGER NOT NULL,
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
  sure TEXT NOT NULL,
  cost_reported INTEGER NOT NULL,
  price_input REAL,
  price_output REAL,
  policy TEXT NOT NULL
);
CREATE TABLE entries (id INTEGER PRIMARY KEY, grp, secret, core, since, first, attempt, leg, cost, input,
  output, cached, cache_write, reasoning, image, audio, dearest, first_token_us, took_us, sought);
ALTER TABLE days ADD COLUMN queries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE days ADD COLUMN tier_queries INTEGER NOT NULL DEFAULT 0;

INSERT INTO groups (last_day, key, team, tag, model, target, tier, dialect, stream, outcome, status, finish,
    sure, cost_reported, price_input, price_output, policy)
  SELECT MAX(at) / 86400000, key, team, tag, model, target, tier, dialect, stream, outcome, status, finish,
    sure, cost_reported, price_input, price_output, policy
  FROM attempts GROUP BY key, team, tag, model, target, tier, dialect, stream, outcome, status, finish, sure,
    cost_reported, price_input, price_output, policy;
CREATE INDEX groups_by_words ON groups (key, team, tag, model, target, outcome, finish, status, policy);
INSERT INTO entries
  SELECT (a.at << 20) + a.place - 1, g.id, NULL, NULL, NULL,
    CASE WHEN a.attempt = 0 OR NOT EXISTS (
           SELECT 1 FROM attempts AS b WHERE b.query = a.query AND b.attempt < a.attempt) THEN 1
         WHEN NOT EXISTS (SELECT 1 FROM attempts AS b
           WHERE b.query = a.query AND b.attempt < a.attempt AND b.tier = a.tier) THEN 2
         ELSE 0 END,
    a.attempt, a.leg, a.cost, a.input, a.output, a.cached, a.cache_write, a.reasoning, a.image, a.audio,
    a.dearest, a.first_token_us, a.took_us, a.query
  FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY at ORDER BY id) AS place FROM attempts) AS a
  CROSS JOIN groups AS g ON g.key = a.key AND g.team = a.team AND g.tag = a.tag AND g.model = a.model
    AND g.target = a.target AND g.outcome = a.outcome AND g.finish = a.finish AND g.status = a.status
    AND g.policy = a.policy AND g.tier = a.tier AND g.dialect = a.dialect AND g.stream = a.stream
    AND g.sure = a.sure AND g.cost_reported = a.cost_reported AND g.price_input IS a.price_input
    AND g.price_output IS a.price_output;
UPDATE days SET queries = f.queries, tier_queries = f.tier_queries FROM (
    SELECT (e.id >> 20) / 86400000 AS day, g.key, g.team, g.tag, g.model, g.target, g.tier,
      SUM(e.first = 1) AS queries, SUM(e.first > 0) AS tier_queries
    FROM entries AS e CROSS JOIN groups AS g ON g.id = e.grp
    GROUP BY 1, g.key, g.team, g.tag, g.model, g.target, g.tier) AS f
  WHERE days.day = f.day AND days.key = f.key AND days.team = f.team AND days.tag = f.tag
    AND days.model = f.model AND days.target = f.target AND days.tier = f.tier;
CREATE INDEX entries_sought ON entries (sought) WHERE sought IS NOT NULL;
DROP INDEX groups_by_words;
DROP TABLE attempts;
CREATE VIEW attempts AS SELECT {} FROM entries AS e LEFT JOIN groups AS g ON g.id = e.grp;
)";

constexpr std::string_view in_words =
    "e.id AS id, e.id >> 20 AS at, CASE typeof(e.sought) WHEN 'text' THEN e.sought ELSE COALESCE("
    "'nfq-' || printf('%011x', (e.id >> 20) - e.since) || printf('%02x', e.core) || printf('%016x', "
    "e.secret), "
    "'') END AS query, e.attempt AS attempt, e.leg AS leg, g.key AS key, g.team AS team, g.tag AS tag, "
    "g.model AS model, g.target AS target, g.tier AS tier, g.dialect AS dialect, g.stream AS stream, "
    "g.outcome AS outcome, g.status AS status, g.finish AS finish, e.input AS input, e.output AS output, "
    "e.cached AS cached, e.cache_write AS cache_write, e.reasoning AS reasoning, e.image AS image, "
    "e.audio AS audio, g.sure AS sure, e.cost AS cost, g.cost_reported AS cost_reported, "
    "e.dearest AS dearest, g.price_input AS price_input, g.price_output AS price_output, "
    "e.first_token_us AS first_token_us, e.took_us AS took_us, g.policy AS policy";

std::array<std::string, ledger_version> steps() {
  return {std::string(first_tables), fmt::format(narrow_tables, in_words)};
}

}  // namespace

std::string_view attempt_columns() {
  return in_words;
}

routes::result<int> version_of_ledger(database& of) {
  auto asked = of.prepare("PRAGMA user_version");
  if (!asked) return std::move(asked).error();
  auto row = asked->step();
  if (!row) return std::move(row).error();
  return static_cast<int>(asked->number(0));
}

routes::result<void> migrate_ledger(database& of) {
  const auto now = version_of_ledger(of);
  if (!now) return now.error();
  if (*now > ledger_version) {
    return routes::make_error(
        routes::error_kind::internal,
        fmt::format(
            "the ledger is of version {}, this program knows up to {}: use the newer program, or move "
            "the file away",
            *now, ledger_version));
  }
  // Where there are rows, they are all written anew.
  if (*now < ledger_version) (void)of.run("PRAGMA cache_size=-32768");
  for (int version = *now; version < ledger_version; ++version) {
    const auto sql = fmt::format("BEGIN IMMEDIATE; {} PRAGMA user_version={}; COMMIT;",
                                 steps()[static_cast<std::size_t>(version)], version + 1);
    if (auto ok = of.run(sql); !ok) {
      (void)of.run("ROLLBACK");
      return std::move(ok).error();
    }
  }
  // The pages of the older tables go back to the disk; where there is no room for that they are used again.
  if (*now > 0 && *now < ledger_version) (void)of.run("VACUUM");
  if (*now < ledger_version) (void)of.run(database::writers_cache);
  return {};
}

}  // namespace nearfar::gateway
