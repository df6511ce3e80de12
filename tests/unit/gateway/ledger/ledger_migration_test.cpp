// A file of an older version keeps its rows, its sums and its answers.
#include "gateway/ledger/ledger_schema.hpp"
#include "gateway/ledger/ledger_store.hpp"
#include "tests/unit/gateway/ledger/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>
#include <string_view>

using namespace nearfar::gateway;
using nearfar::config::limit_by;
using nearfar::tests::temporary_folder;

namespace {

constexpr std::int64_t noon = 1'795'348'800'000;  // 2026-11-22T12:00:00Z
constexpr std::int64_t one_day = 86'400'000;

// As version 1 made it.
constexpr std::string_view version_1 = R"(
CREATE TABLE attempts (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, query TEXT NOT NULL, attempt INTEGER NOT NULL, leg INTEGER NOT NULL,
  key TEXT NOT NULL, team TEXT NOT NULL, tag TEXT NOT NULL, model TEXT NOT NULL, target TEXT NOT NULL,
  tier TEXT NOT NULL, dialect TEXT NOT NULL, stream INTEGER NOT NULL, outcome TEXT NOT NULL, status INTEGER NOT NULL,
  finish TEXT NOT NULL, input INTEGER NOT NULL, output INTEGER NOT NULL, cached INTEGER NOT NULL,
  cache_write INTEGER NOT NULL, reasoning INTEGER NOT NULL, image INTEGER NOT NULL, audio INTEGER NOT NULL,
  sure TEXT NOT NULL, cost INTEGER, cost_reported INTEGER NOT NULL, dearest INTEGER, price_input REAL,
  price_output REAL, first_token_us INTEGER NOT NULL, took_us INTEGER NOT NULL, policy TEXT NOT NULL);
CREATE INDEX attempts_by_query ON attempts (query);
CREATE INDEX attempts_by_time ON attempts (at);
CREATE TABLE days (
  day INTEGER NOT NULL, key TEXT NOT NULL, team TEXT NOT NULL, tag TEXT NOT NULL, model TEXT NOT NULL,
  target TEXT NOT NULL, tier TEXT NOT NULL, attempts INTEGER NOT NULL, answered INTEGER NOT NULL,
  input INTEGER NOT NULL, output INTEGER NOT NULL, cached INTEGER NOT NULL, reasoning INTEGER NOT NULL,
  cost INTEGER NOT NULL, estimated INTEGER NOT NULL, unpriced INTEGER NOT NULL, dearest INTEGER NOT NULL,
  PRIMARY KEY (day, key, team, tag, model, target, tier)) WITHOUT ROWID;
CREATE TABLE accounts (name TEXT PRIMARY KEY, counts INTEGER NOT NULL, per INTEGER, used INTEGER NOT NULL,
  reserved INTEGER NOT NULL, window_begin INTEGER NOT NULL, window_end INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE kept (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version=1;
INSERT INTO kept VALUES ('limits', 'a/day/0/1');
INSERT INTO attempts (at, query, attempt, leg, key, team, tag, model, target, tier, dialect, stream, outcome, status,
    finish, input, output, cached, cache_write, reasoning, image, audio, sure, cost, cost_reported, dearest,
    price_input, price_output, first_token_us, took_us, policy) VALUES
  (1795348800000, 'nfq-00aa', 1, 1, 'anna', 'optics', 'voice', 'auto', 'far/best', 'remote', 'openai-chat', 1,
    'answered', 0, 'stop', 1000, 20, 600, 3, 7, 12, 9, 'reported', 3300001, 1, 4000000, 3, 15.5, 340000, 900000, 'p1'),
  (1795348800000, 'nfq-00aa', 0, 0, 'anna', 'optics', 'voice', 'auto', 'phone/small', 'device', 'openai-chat', 1,
    'timeout', 504, '', 1000, 0, 0, 0, 0, 0, 0, 'estimated', NULL, 0, NULL, NULL, NULL, -1, 5000000, 'p1'),
  (1795348800000, 'nfq-00bb', 0, 1, 'ben', '', '', 'auto', 'far/best', 'remote', 'anthropic-messages', 0, 'answered',
    0, 'end_turn', 10, 2, 0, 0, 0, 0, 0, 'reported', 5, 0, 5, 3, NULL, 1000, 2000, 'p1'),
  (1795262400000, 'nfq-00cc', 0, 1, 'ben', '', '', 'auto', 'far/best', 'remote', 'anthropic-messages', 0, 'answered',
    0, 'end_turn', 10, 2, 0, 0, 0, 0, 0, 'reported', 7, 0, 7, 3, NULL, 1000, 2000, 'p1');
INSERT INTO days VALUES
  (20779, 'anna', 'optics', 'voice', 'auto', 'far/best', 'remote', 1, 1, 1000, 20, 600, 7, 3300001, 0, 0, 4000000),
  (20779, 'anna', 'optics', 'voice', 'auto', 'phone/small', 'device', 1, 0, 1000, 0, 0, 0, 0, 0, 1, 0),
  (20779, 'ben', '', '', 'auto', 'far/best', 'remote', 1, 1, 10, 2, 0, 0, 5, 0, 0, 5),
  (20778, 'ben', '', '', 'auto', 'far/best', 'remote', 1, 1, 10, 2, 0, 0, 7, 0, 0, 7);
)";

void make_old(const temporary_folder& in) {
  auto file = database::open(in.file("ledger.db"), open_mode::read_write);
  REQUIRE(file.has_value());
  REQUIRE(file->run(version_1));
}

ledger_store opened(const temporary_folder& in, open_mode mode = open_mode::read_write) {
  auto store = ledger_store::open(in.file("ledger.db"), mode);
  REQUIRE(store.has_value());
  return std::move(*store);
}

std::int64_t queries_of(ledger_store& in, limit_by by, std::string_view owner) {
  const auto all = in.spent_by(by, noon - 5 * one_day, noon + one_day);
  REQUIRE(all.has_value());
  const auto at = std::ranges::find(*all, owner, &ledger_store::owner_sum::owner);
  return at == all->end() ? 0 : at->queries;
}

}  // namespace

TEST_CASE("an older ledger's rows are all there after it was brought up to date", "[P4]") {
  temporary_folder folder;
  make_old(folder);
  auto store = opened(folder);
  CHECK(*store.check() == "ok");
  CHECK(*store.kept("limits") == "a/day/0/1");
  const auto found = store.find("nfq-00aa");
  REQUIRE(found.has_value());
  REQUIRE(found->size() == 2);
  const auto& one = (*found)[1];
  CHECK(one.at == noon);
  CHECK(one.query == "nfq-00aa");
  CHECK(one.leg == 1);
  CHECK(one.key == "anna");
  CHECK(one.team == "optics");
  CHECK(one.tag == "voice");
  CHECK(one.target == "far/best");
  CHECK(one.stream);
  CHECK(one.finish == "stop");
  CHECK(one.tokens.cache_write == 3);
  CHECK(one.tokens.audio == 9);
  CHECK(one.cost == 3'300'001);
  CHECK(one.cost_is_reported);
  CHECK(one.dearest == 4'000'000);
  CHECK(one.price_output == 15.5);
  CHECK(one.first_token_us == 340'000);
  CHECK(one.took_us == 900'000);
  CHECK(one.policy == "p1");
  const auto& other = (*found)[0];
  CHECK(other.status == 504);
  CHECK(other.sure == certainty::estimated);
  CHECK_FALSE(other.cost);
  CHECK_FALSE(other.price_input);
  CHECK(store.find("nfq-00cc")->front().at == noon - one_day);
  int rows = 0;
  REQUIRE(store.each_since(0, [&](const ledger_row&) { ++rows; }));
  CHECK(rows == 4);
}

TEST_CASE("an older ledger's queries are counted, of each owner and tier", "[P4]") {
  temporary_folder folder;
  make_old(folder);
  auto store = opened(folder);
  CHECK(queries_of(store, limit_by::all, "") == 3);
  CHECK(queries_of(store, limit_by::key, "anna") == 1);
  CHECK(queries_of(store, limit_by::key, "ben") == 2);
  CHECK(queries_of(store, limit_by::tier, "device") == 1);
  CHECK(queries_of(store, limit_by::tier, "remote") == 3);
  const auto sums = store.usage({noon / one_day - 1, noon / one_day, std::nullopt}, usage_group::key);
  REQUIRE(sums->size() == 2);
  CHECK(sums->front().cost == 3'300'001);
  CHECK(store.spent_by(limit_by::all, noon, noon + 1)->front().cost == 3'300'006);
}

TEST_CASE("an older ledger takes new rows, forgets, and is brought up to date once") {
  temporary_folder folder;
  make_old(folder);
  {
    auto store = opened(folder);
    ledger_row fresh;
    fresh.at = noon;
    fresh.query = "nfq-00dd";
    fresh.key = "ben";
    fresh.outcome = "answered";
    REQUIRE(store.add(std::vector{fresh}));
  }
  auto store = opened(folder);
  CHECK(store.find("nfq-00dd")->size() == 1);
  CHECK(*store.forget_key("anna") == 2);
  CHECK(store.find("nfq-00aa")->empty());
  CHECK(*store.forget_before(noon - one_day / 2) == 1);
  CHECK(store.find("nfq-00cc")->empty());
  CHECK(store.find("nfq-00bb")->size() == 1);
}

TEST_CASE("an older ledger that is only read has its report, and says why it has no more") {
  temporary_folder folder;
  make_old(folder);
  auto store = opened(folder, open_mode::read_only);
  CHECK(store.usage({noon / one_day, noon / one_day, std::nullopt}, usage_group::key)->size() == 2);
  CHECK(store.find("nfq-00aa").error().context.find("version 1") != std::string::npos);
  CHECK(store.spent_by(limit_by::all, 0, noon).has_error());
  CHECK(store.each_since(0, [](const ledger_row&) {}).has_error());
}
