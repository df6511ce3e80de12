// Rows that are handed over in one block come out as they went in, and memory for them has a bound.
#include "gateway/ledger/packed_rows.hpp"
#include "gateway/ledger/waiting_rows.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace nearfar::gateway;

namespace {

ledger_row row(std::string query, unsigned attempt, std::string tier) {
  ledger_row out;
  out.at = 1'795'348'800'000 + attempt;
  out.query = std::move(query);
  out.attempt = attempt;
  out.key = "anna";
  out.target = "far/best";
  out.tier = std::move(tier);
  out.outcome = "answered";
  out.cost = 7;
  return out;
}

std::vector<first_of> firsts(const packed_rows& in) {
  std::vector<first_of> out;
  for (const auto one : in) out.push_back(one.numbers().first);
  return out;
}

}  // namespace

TEST_CASE("a packed row is the row that was packed", "[P4]") {
  auto full = row("nfq-1", 3, "remote");
  full.leg = 2;
  full.team = "optics";
  full.tag = std::string(300, 't');
  full.model = "auto";
  full.dialect = "openai-chat";
  full.stream = true;
  full.status = 503;
  full.finish = "stop";
  full.tokens.input = 1ULL << 40;
  full.tokens.output = 2;
  full.tokens.cached = 3;
  full.tokens.cache_write = 4;
  full.tokens.reasoning = 5;
  full.tokens.image = 6;
  full.tokens.audio = 7;
  full.sure = certainty::estimated;
  full.cost_is_reported = true;
  full.dearest = 0;
  full.price_input = 0.1;
  full.first_token_us = 340'000;
  full.took_us = 900'000;
  full.policy = "0123456789ab";
  auto bare = row("", 0, "");
  bare.cost.reset();
  const auto packed = pack(std::vector{full, bare});
  REQUIRE(packed.size() == 2);
  std::vector<ledger_row> out;
  for (const auto one : packed) out.push_back(row_with<std::string>(one.view()));
  REQUIRE(out.size() == 2);
  const auto& first = out[0];
  CHECK(first.at == full.at);
  CHECK(first.query == "nfq-1");
  CHECK(first.attempt == 3);
  CHECK(first.leg == 2);
  CHECK(first.key == "anna");
  CHECK(first.team == "optics");
  CHECK(first.tag == full.tag);
  CHECK(first.model == "auto");
  CHECK(first.target == "far/best");
  CHECK(first.tier == "remote");
  CHECK(first.dialect == "openai-chat");
  CHECK(first.stream);
  CHECK(first.outcome == "answered");
  CHECK(first.status == 503);
  CHECK(first.finish == "stop");
  CHECK(first.tokens.input == 1ULL << 40);
  CHECK(first.tokens.output == 2);
  CHECK(first.tokens.cached == 3);
  CHECK(first.tokens.cache_write == 4);
  CHECK(first.tokens.reasoning == 5);
  CHECK(first.tokens.image == 6);
  CHECK(first.tokens.audio == 7);
  CHECK(first.sure == certainty::estimated);
  CHECK(first.cost == 7);
  CHECK(first.cost_is_reported);
  CHECK(first.dearest == 0);
  CHECK(first.price_input == 0.1);
  CHECK_FALSE(first.price_output);
  CHECK(first.first_token_us == 340'000);
  CHECK(first.took_us == 900'000);
  CHECK(first.policy == "0123456789ab");
  CHECK_FALSE(out[1].cost);
  CHECK_FALSE(out[1].dearest);
  CHECK_FALSE(out[1].price_input);
  CHECK(out[1].query.empty());
  CHECK(out[1].first_token_us == -1);
}

TEST_CASE("the bytes of a group are the same for the same words, and others for others") {
  auto other = row("nfq-2", 1, "remote");
  other.took_us = 5;
  auto split = row("nfq-3", 0, "remote");
  split.key = "ann";
  split.team = "a";
  const auto packed = pack(std::vector{row("nfq-1", 0, "remote"), other, split});
  std::vector<std::string_view> groups;
  for (const auto one : packed) groups.push_back(one.group());
  CHECK(groups[0] == groups[1]);
  CHECK(groups[0] != groups[2]);
}

TEST_CASE("the first attempt of a query and of its tier are known", "[P4]") {
  const auto packed = pack(std::vector{row("a", 0, "device"), row("a", 1, "remote"), row("a", 2, "remote"),
                                       row("a", 3, "device"), row("b", 0, "remote")});
  CHECK(firsts(packed) ==
        std::vector{first_of::query, first_of::tier, first_of::nothing, first_of::nothing, first_of::query});
  packed_rows again;
  again.add(row_with<std::string_view>(row("a", 0, "device")));
  again.clear();
  again.add(row_with<std::string_view>(row("a", 0, "device")));
  CHECK(firsts(again) == std::vector{first_of::query});
}

TEST_CASE("waiting rows keep their order, the newest of them, and nothing of a key that is forgotten",
          "[P4]") {
  waiting_rows waiting;
  constexpr unsigned many = 3000;
  for (unsigned i = 0; i < many; ++i) {
    auto one = row("q" + std::to_string(i), i, "remote");
    if (i % 3 == 0) one.key = "ben";
    waiting.add(pack(std::vector{one}));
  }
  CHECK(waiting.size() == many);
  auto taken = waiting.take();
  CHECK(waiting.empty());
  waiting.add(pack(std::vector{row("late", many, "remote")}));
  waiting.put_back(std::move(taken));
  CHECK(waiting.size() == many + 1);
  const auto gone = waiting.keep_newest(2000);
  CHECK(gone >= many + 1 - 2000);
  CHECK(waiting.size() + gone == many + 1);
  CHECK(waiting.size() > 1000);
  std::vector<ledger_row> found;
  waiting.find("q0", found);
  CHECK(found.empty());
  waiting.find("late", found);
  CHECK(found.size() == 1);
  const auto bens = waiting.erase_key("ben");
  CHECK(bens > 0);
  CHECK(waiting.erase_key("ben") == 0);
  unsigned last = 0;
  bool ordered = true;
  std::size_t left = 0;
  for (const auto& pack : waiting.take()) {
    for (const auto one : pack) {
      ordered = ordered && one.numbers().attempt > last;
      last = one.numbers().attempt;
      ++left;
    }
  }
  CHECK(ordered);
  CHECK(last == many);
  CHECK(left + bens + gone == many + 1);
}
