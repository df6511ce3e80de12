// What is written comes back, sums are exact, and what is to be forgotten is gone.
#include "gateway/ledger/ledger_store.hpp"
#include "gateway/ledger/ledger_schema.hpp"
#include "tests/unit/gateway/ledger/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

#include <sys/stat.h>

#include <fstream>

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
  REQUIRE(store.add({}, std::vector{of("daily/day key=b"), of(":budget/day key=b"), of("daily/day key=ab"),
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
  REQUIRE(file->run("DELETE FROM attempts"));
  const auto left = store.usage(month, usage_group::tier);
  REQUIRE(left.has_value());
  CHECK(left->front().cost == whole);
}
