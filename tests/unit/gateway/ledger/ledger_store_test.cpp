// What is written comes back, sums are exact, and what is to be forgotten is gone.
#include "gateway/ledger/ledger_store.hpp"
#include "gateway/ledger/ledger_schema.hpp"
#include "tests/unit/gateway/ledger/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

#include <sys/stat.h>

#include <fstream>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

using namespace nearfar::gateway;
using nearfar::tests::temporary_folder;

namespace {

constexpr std::int64_t noon = 1'795'348'800'000;  // 2026-11-22T12:00:00Z
constexpr std::int64_t one_day = 86'400'000;

ledger_row row(std::string query, std::string key, std::string target, nano_usd cost,
               std::int64_t at = noon) {
  ledger_row out;
  out.at = at;
  out.query = std::move(query);
  out.leg = 1;
  out.key = std::move(key);
  out.team = "optics";
  out.tag = "voice";
  out.model = "auto";
  out.target = std::move(target);
  out.tier = "remote";
  out.dialect = "openai-chat";
  out.stream = true;
  out.outcome = "answered";
  out.finish = "stop";
  out.tokens.input = 1000;
  out.tokens.output = 20;
  out.tokens.cached = 600;
  out.tokens.cache_write = 3;
  out.tokens.reasoning = 7;
  out.cost = cost;
  out.price_input = 3;
  out.price_output = 15.5;
  out.first_token_us = 340'000;
  out.took_us = 900'000;
  out.policy = "0123456789ab";
  return out;
}

ledger_store open(const temporary_folder& in) {
  auto store = ledger_store::open(in.file("ledger.db"), open_mode::read_write);
  REQUIRE(store.has_value());
  return std::move(*store);
}

usage_filter today() {
  return {noon / one_day, noon / one_day, std::nullopt};
}

}  // namespace

TEST_CASE("a row comes back as it was written", "[P4]") {
  temporary_folder folder;
  auto store = open(folder);
  auto first = row("nfq-1", "anna", "far/best", 3'300'001);
  first.attempt = 1;
  first.tokens.image = 12;
  first.tokens.audio = 9;
  auto unpriced = row("nfq-1", "anna", "near/small", 0);
  unpriced.cost.reset();
  unpriced.price_input.reset();
  unpriced.outcome = "timeout";
  unpriced.sure = certainty::estimated;
  REQUIRE(store.add(std::vector{first, unpriced}));
  const auto found = store.find("nfq-1");
  REQUIRE(found.has_value());
  REQUIRE(found->size() == 2);
  const auto& one = (*found)[1];
  CHECK(one.at == noon);
  CHECK(one.key == "anna");
  CHECK(one.team == "optics");
  CHECK(one.tag == "voice");
  CHECK(one.model == "auto");
  CHECK(one.target == "far/best");
  CHECK(one.tier == "remote");
  CHECK(one.stream);
  CHECK(one.tokens.input == 1000);
  CHECK(one.tokens.cached == 600);
  CHECK(one.tokens.cache_write == 3);
  CHECK(one.tokens.reasoning == 7);
  CHECK(one.tokens.image == 12);
  CHECK(one.tokens.audio == 9);
  CHECK(one.cost == 3'300'001);
  CHECK(one.price_output == 15.5);
  CHECK(one.first_token_us == 340'000);
  CHECK(one.policy == "0123456789ab");
  const auto& other = (*found)[0];
  CHECK(other.outcome == "timeout");
  CHECK(other.sure == certainty::estimated);
  CHECK_FALSE(other.cost);
  CHECK_FALSE(other.price_input);
  CHECK(store.find("nfq-2")->empty());
}

TEST_CASE("sums are exact to the last digit, and say what is estimated and what has no price", "[P4]") {
  temporary_folder folder;
  auto store = open(folder);
  std::vector<ledger_row> rows;
  nano_usd whole = 0;
  for (int i = 0; i < 1000; ++i) {
    const nano_usd cost = 333'333 + i;
    whole += cost;
    rows.push_back(row("q" + std::to_string(i), i % 3 == 0 ? "anna" : "ben", "far/best", cost));
  }
  auto guess = row("guess", "ben", "far/best", 5);
  guess.sure = certainty::estimated;
  guess.outcome = "cancelled";
  rows.push_back(guess);
  auto unknown = row("unknown", "ben", "odd/one", 0);
  unknown.cost.reset();
  rows.push_back(unknown);
  REQUIRE(store.add(rows));
  const auto by_key = store.usage(today(), usage_group::key);
  REQUIRE(by_key.has_value());
  REQUIRE(by_key->size() == 2);
  CHECK((*by_key)[0].group == "ben");
  CHECK((*by_key)[1].attempts == 334);
  CHECK((*by_key)[0].cost + (*by_key)[1].cost == whole + 5);
  CHECK((*by_key)[0].estimated == 5);
  CHECK((*by_key)[0].unpriced == 1);
  using nearfar::config::limit_by;
  const auto all = store.spent_by(limit_by::all, noon - 1, noon + 1);
  REQUIRE(all->size() == 1);
  CHECK(all->front().cost == whole + 5);
  CHECK(store.spent_by(limit_by::all, noon + 1, noon + 2)->empty());
  const auto keys = store.spent_by(limit_by::key, noon - 1, noon + 1);
  const auto anna = std::ranges::find(*keys, "anna", &ledger_store::owner_sum::owner);
  REQUIRE(anna != keys->end());
  CHECK(anna->cost == (*by_key)[1].cost);
  auto only = today();
  only.key = "anna";
  CHECK(store.usage(only, usage_group::target)->size() == 1);
}

TEST_CASE("days stand in their order, and the period's ends are inside", "[P4]") {
  temporary_folder folder;
  auto store = open(folder);
  REQUIRE(store.add(std::vector{row("a", "k", "t", 1), row("b", "k", "t", 2, noon - one_day),
                                row("c", "k", "t", 4, noon - 2 * one_day)}));
  const usage_filter two{noon / one_day - 1, noon / one_day, std::nullopt};
  const auto days = store.usage(two, usage_group::day);
  REQUIRE(days->size() == 2);
  CHECK((*days)[0].group == "2026-11-21");
  CHECK((*days)[0].cost == 2);
  CHECK((*days)[1].group == "2026-11-22");
}

TEST_CASE("who is forgotten takes the own accounts along, and no other's whose name looks like it") {
  temporary_folder folder;
  auto store = open(folder);
  const auto of = [](std::string name) {
    return account_view{std::move(name),
                        nearfar::config::limit_of::cost,
                        nearfar::config::period::day,
                        1,
                        0,
                        {noon / 1000 - 10, noon / 1000 + 10}};
  };
  REQUIRE(store.add(std::span<const ledger_row>(),
                    std::vector{of("daily/day key=b"), of(":budget/day key=b"), of("daily/day key=ab"),
                                of("daily/day model=a key=b"), of("daily/day")}));
  REQUIRE(store.forget_key("b").has_value());
  std::vector<std::string> left;
  for (const auto& one : *store.accounts(noon / 1000)) left.push_back(one.account);
  CHECK(left == std::vector<std::string>{"daily/day", "daily/day key=ab", "daily/day model=a key=b"});
}

TEST_CASE("what is to be forgotten leaves no trace in the file") {
  temporary_folder folder;
  auto store = open(folder);
  REQUIRE(store.add(std::vector{row("old", "anna", "t", 1, noon - 40 * one_day),
                                row("mine", "secretperson", "t", 2), row("kept", "ben", "t", 3)}));
  CHECK(*store.forget_before(noon - 30 * one_day) == 1);
  CHECK(store.find("old")->empty());
  CHECK(*store.forget_key("secretperson") == 1);
  CHECK(store.find("mine")->empty());
  CHECK(store.find("kept")->size() == 1);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    INFO(entry.path());
    CHECK(bytes.find("secretperson") == std::string::npos);
  }
}

TEST_CASE("the file is its owner's alone, and one of a newer version is left alone") {
  temporary_folder folder;
  {
    auto store = open(folder);
    CHECK(*store.check() == "ok");
  }
  struct stat about{};
  REQUIRE(::stat(folder.file("ledger.db").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  {
    auto raw = database::open(folder.file("ledger.db"), open_mode::read_write);
    REQUIRE(raw->run("PRAGMA user_version=99"));
  }
  const auto again = ledger_store::open(folder.file("ledger.db"), open_mode::read_write);
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().context.find("version 99") != std::string::npos);
}

TEST_CASE("a file that is no ledger is an error and stays as it is") {
  temporary_folder folder;
  std::ofstream(folder.file("ledger.db"))
      << "this is no database, and long enough to be looked at as one: " << std::string(200, 'x');
  const auto store = ledger_store::open(folder.file("ledger.db"), open_mode::read_write);
  REQUIRE_FALSE(store.has_value());
  CHECK(store.error().context.find("not a database") != std::string::npos);
}

TEST_CASE("a report of many attempts is made of the sums of days, and is the sum of the rows", "[P4]") {
  temporary_folder folder;
  auto store = open(folder);
  constexpr int many = 50'000;
  std::vector<ledger_row> rows;
  nano_usd whole = 0;
  for (int i = 0; i < many; ++i) {
    const auto at = noon - (i % 30) * one_day;
    auto one =
        row("q" + std::to_string(i), "key-" + std::to_string(i % 10), "far/" + std::to_string(i % 7), i, at);
    whole += i;
    rows.push_back(std::move(one));
  }
  REQUIRE(store.add(rows));
  const usage_filter month{noon / one_day - 29, noon / one_day, std::nullopt};
  for (const auto by : {usage_group::day, usage_group::key, usage_group::target, usage_group::tier}) {
    const auto sums = store.usage(month, by);
    REQUIRE(sums.has_value());
    nano_usd cost = 0;
    std::uint64_t attempts = 0;
    for (const auto& one : *sums) {
      cost += one.cost;
      attempts += one.attempts;
    }
    CHECK(cost == whole);
    CHECK(attempts == many);
  }
  // What is asked does not depend on the rows: without them the answer is the same.
  auto file = database::open(folder.file("ledger.db"), open_mode::read_write);
  REQUIRE(file.has_value());
  REQUIRE(file->run("DELETE FROM entries"));
  const auto left = store.usage(month, usage_group::tier);
  REQUIRE(left.has_value());
  CHECK(left->front().cost == whole);
}

TEST_CASE("a query is found by its id, whether it was quick or slow, and among others of its time", "[P4]") {
  temporary_folder folder;
  auto store = open(folder);
  std::vector<ledger_row> rows;
  const auto add = [&](std::int64_t began, std::int64_t took, unsigned core, std::uint64_t secret) {
    const auto id = to_string({static_cast<std::uint64_t>(began), core, secret});
    rows.push_back(row(id, "anna", "far/best", 1, began + took));
    return id;
  };
  const std::vector ids{add(noon, 0, 0, 1),
                        add(noon, 0, 1, 1),
                        add(noon, quick_ms, 0, ~0ULL),
                        add(noon, quick_ms + 1, 0, 2),
                        add(noon, 600'000, 0, 3),
                        add(noon - 1, 1, 0x100, 4),
                        add(noon + 5, -3, 0xffff, 5),
                        add(noon, 1, 0, 1ULL << 63)};
  const auto before = rows;
  for (std::int64_t i = 0; i < 2000; ++i) add(noon + i % 7, i % 500, 3, 1000 + static_cast<std::uint64_t>(i));
  REQUIRE(store.add(rows));
  for (const auto& one : before) {
    INFO(one.query);
    const auto found = store.find(one.query);
    REQUIRE(found.has_value());
    REQUIRE(found->size() == 1);
    CHECK(found->front().query == one.query);
    CHECK(found->front().at == one.at);
  }
  CHECK(store.find(to_string({noon, 2, 1}))->empty());
  CHECK(store.find(to_string({noon + 1, 0, 1}))->empty());
}

TEST_CASE("rows that come late stand where their time is, and none stands in another's place", "[P4]") {
  temporary_folder folder;
  auto store = open(folder);
  // A clock that is set back, attempts that ended long before their query, and cores that overtake each
  // other.
  const std::vector<std::vector<std::int64_t>> batches{
      {noon, noon, noon + 1}, {noon, noon - 5}, {noon + 1, noon, noon + 9}, {noon - 5, noon - 5, noon + 9}};
  std::vector<std::int64_t> all;
  for (const auto& batch : batches) {
    std::vector<ledger_row> rows;
    for (const auto at : batch) {
      rows.push_back(row("q" + std::to_string(all.size()), "anna", "far/best", 1, at));
      all.push_back(at);
    }
    REQUIRE(store.add(rows));
  }
  std::ranges::sort(all);
  std::vector<std::int64_t> read;
  REQUIRE(store.each_since(0, [&](const ledger_row& one) { read.push_back(one.at); }));
  CHECK(read == all);
}

TEST_CASE("who is to be forgotten in a file that can only be read is told so") {
  temporary_folder folder;
  {
    auto store = open(folder);
    REQUIRE(store.add(std::vector{row("one", "anna", "far/best", 1)}));
  }
  auto store = ledger_store::open(folder.file("ledger.db"), open_mode::read_only);
  REQUIRE(store.has_value());
  const auto gone = store->forget_key("anna");
  REQUIRE_FALSE(gone.has_value());
  CHECK(gone.error().context.find("can only be read") != std::string::npos);
  CHECK(store->find("one")->size() == 1);
}

TEST_CASE("two processes write one file, and neither takes the other's places or words", "[P4]") {
  temporary_folder folder;
  auto one = open(folder);
  auto other = open(folder);
  for (int i = 0; i < 5; ++i) {
    REQUIRE(one.add(std::vector{row("one", "anna", "far/best", 1)}));
    REQUIRE(other.add(std::vector{row("other", "anna", "far/best", 1)}));
  }
  CHECK(one.find("other")->size() == 5);
  // The words that one knows by their number are gone.
  CHECK(*other.forget_key("anna") == 10);
  REQUIRE(one.add(std::vector{row("again", "anna", "far/best", 1)}));
  const auto found = one.find("again");
  REQUIRE(found->size() == 1);
  CHECK(found->front().key == "anna");
}

TEST_CASE("what was spent since a moment is the sum of its rows, whatever part of it is days", "[P4]") {
  temporary_folder folder;
  auto store = open(folder);
  std::vector<ledger_row> rows;
  for (int i = 0; i < 4000; ++i) {
    auto one = row("q" + std::to_string(i / 2), i % 4 < 2 ? "anna" : "ben", "far/best", i,
                   noon - std::int64_t{i / 2} * 3'600'000);
    one.attempt = static_cast<unsigned>(i % 2);
    if (i % 8 == 0) one.tier = "device";
    if (i % 16 == 3) one.cost.reset();
    rows.push_back(one);
  }
  REQUIRE(store.add(rows));
  using nearfar::config::limit_by;
  const auto hour = std::int64_t{3'600'000};
  const std::int64_t day_begin = noon - noon % one_day;
  for (const auto from : {day_begin, day_begin - 20 * one_day, day_begin - 7 * one_day + 5 * hour,
                          day_begin - 7 * one_day - 5 * hour, noon - 2 * hour, noon - 90 * one_day}) {
    for (const auto until : {noon + 1, noon - hour, day_begin, day_begin + one_day}) {
      if (until <= from) continue;
      for (const auto by : {limit_by::all, limit_by::key, limit_by::tier}) {
        INFO(from << " " << until << " " << static_cast<int>(by));
        std::map<std::string, ledger_store::owner_sum> expected;
        std::set<std::pair<std::string, std::string>> queries;
        for (const auto& one : rows) {
          if (one.at < from || one.at >= until) continue;
          const auto owner = by == limit_by::all ? std::string() : by == limit_by::key ? one.key : one.tier;
          auto& sum = expected[owner];
          sum.cost += one.cost.value_or(0);
          sum.tokens += static_cast<std::int64_t>(one.tokens.input + one.tokens.output);
          if (queries.emplace(owner, one.query).second) ++sum.queries;
        }
        const auto told = store.spent_by(by, from, until);
        REQUIRE(told.has_value());
        REQUIRE(told->size() == expected.size());
        for (const auto& one : *told) {
          INFO(one.owner);
          CHECK(one.cost == expected[one.owner].cost);
          CHECK(one.tokens == expected[one.owner].tokens);
          CHECK(one.queries == expected[one.owner].queries);
        }
      }
    }
  }
}

TEST_CASE("words stand once in the file, are read by others in the view, and go with their last row",
          "[P8]") {
  temporary_folder folder;
  auto store = open(folder);
  const auto number = [&](std::string_view sql) {
    auto file = database::open(folder.file("ledger.db"), open_mode::read_only);
    REQUIRE(file.has_value());
    auto asked = file->prepare(sql);
    REQUIRE(asked.has_value());
    REQUIRE(asked->step().has_value());
    return asked->number(0);
  };
  const auto id = to_string({noon - 9, 0, 0xfedcba9876543210});
  for (int i = 0; i < 3; ++i) {
    REQUIRE(store.add(
        std::vector{row(id, "anna", "far/best", 2), row("old", "ben", "far/best", 3, noon - 9 * one_day)}));
  }
  CHECK(number("SELECT COUNT(*) FROM groups") == 2);
  CHECK(number("SELECT COUNT(*) FROM attempts") == 6);
  CHECK(number("SELECT SUM(cost) FROM attempts WHERE key = 'anna' AND query = '" + id + "'") == 6);
  CHECK(
      number("SELECT COUNT(*) FROM attempts WHERE id >= 1795348800 * 1000 << 20 AND outcome = 'answered'") ==
      3);
  CHECK(number("SELECT COUNT(*) FROM attempts WHERE at = 1795348800000 AND sure = 'reported'") == 3);
  CHECK(*store.forget_before(noon - one_day) == 3);
  CHECK(number("SELECT COUNT(*) FROM groups") == 1);
  REQUIRE(store.add(std::vector{row("new", "ben", "far/best", 3, noon)}));
  CHECK(store.find("new")->front().key == "ben");
}

TEST_CASE("rows are written after memory was given back as before", "[P4]") {
  temporary_folder folder;
  auto store = open(folder);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(store.add(std::vector{row("q" + std::to_string(i), "anna", "far/best", 1)}));
    store.release();
    CHECK(store.find("q" + std::to_string(i))->front().key == "anna");
  }
  CHECK(store.usage(today(), usage_group::key)->front().attempts == 3);
}

TEST_CASE("as many words as there are rows are written, too", "[P4]") {
  temporary_folder folder;
  auto store = open(folder);
  constexpr int many = 2 * static_cast<int>(row_groups::most) + 10;
  std::vector<ledger_row> rows;
  for (int i = 0; i < many; ++i) {
    rows.push_back(row("q", "anna", "far/best", 1));
    rows.back().tag = "tag-" + std::to_string(i);
  }
  REQUIRE(store.add(rows));
  REQUIRE(store.add(std::vector{row("last", "anna", "far/best", 1)}));
  const auto tags = store.usage(today(), usage_group::tag);
  REQUIRE(tags.has_value());
  CHECK(tags->size() == many + 1);
  CHECK(std::ranges::all_of(*tags, [](const auto& one) { return one.attempts == 1; }));
  CHECK(store.find("last")->front().tag == "voice");
}

TEST_CASE("what came to nothing leaves no words behind that rows would name", "[P4]") {
  temporary_folder folder;
  auto store = open(folder);
  {
    // Another process has the file for itself for longer than one waits for it.
    auto other = database::open(folder.file("ledger.db"), open_mode::read_write);
    REQUIRE(other.has_value());
    REQUIRE(other->run("BEGIN IMMEDIATE"));
    CHECK_FALSE(store.add(std::vector{row("lost", "anna", "far/best", 1)}));
    REQUIRE(other->run("ROLLBACK"));
    // Half of a batch: a row of it is refused.
    REQUIRE(
        other->run("CREATE TRIGGER no BEFORE INSERT ON entries WHEN new.cost = 13 BEGIN "
                   "SELECT RAISE(ABORT, 'no'); END"));
    CHECK_FALSE(
        store.add(std::vector{row("half", "ben", "far/best", 1), row("half", "ben", "far/best", 13)}));
    REQUIRE(other->run("DROP TRIGGER no"));
  }
  REQUIRE(store.add(std::vector{row("whole", "ben", "far/best", 1)}));
  CHECK(store.find("half")->empty());
  REQUIRE(store.find("whole")->size() == 1);
  CHECK(store.find("whole")->front().key == "ben");
  CHECK(store.usage(today(), usage_group::key)->front().attempts == 1);
}
