#include "gateway/query_id.hpp"

#include <catch2/catch_test_macros.hpp>

#include <bit>
#include <chrono>
#include <set>

namespace nearfar::gateway {
namespace {

constexpr std::uint64_t noon = 1'795'348'800'000;  // 2026-11-22T12:00:00Z

TEST_CASE("the id of a query tells its begin, its core and its secret, and nothing else is one") {
  for (const query_id id :
       {query_id{0, 0, 0}, query_id{noon, 3, 0x17ec28f9f73b511a}, query_id{noon, 255, ~0ULL},
        query_id{noon, 0x100, 1}, query_id{(1ULL << 44) - 1, 0xffff, 2}}) {
    const auto text = to_string(id);
    INFO(text);
    const auto read = parse_query_id(text);
    REQUIRE(read);
    CHECK(read->began_ms == id.began_ms);
    CHECK(read->core == id.core);
    CHECK(may_be_query_id(text));
    CHECK(read->secret == id.secret);
  }
  CHECK(to_string({noon, 2, 0x17ec28f9f73b511a}) == "nfq-1a20320a2000217ec28f9f73b511a");
  for (const std::string_view text :
       {"", "nfq-", "nfq-02", "nfq-0217ec28f9f73b511a", "nfx-1a20320a2000217ec28f9f73b511a",
        "1a20320a2000217ec28f9f73b511a", "nfq-1A20320A2000217EC28F9F73B511A",
        "nfq-1a20320a2000217ec28f9f73b511g", "nfq-+a20320a2000217ec28f9f73b511a",
        "nfq-1a20320a2000217ec28f9f73b511a ", "nfq-1a20320a200000217ec28f9f73b511a",
        "nfq-1a20320a20000000217ec28f9f73b511a", "nfq-../../../../../../../17ec28f9f7"}) {
    INFO(text);
    CHECK_FALSE(parse_query_id(text));
  }
}

TEST_CASE("an id of an older ledger may be looked for, and no other text") {
  CHECK(may_be_query_id("nfq-0217ec28f9f73b511a"));
  CHECK_FALSE(parse_query_id("nfq-0217ec28f9f73b511a"));
  for (const std::string_view text : {"", "nfq-", "nfq-17ec28f9f73b511a", "nfq-0217ec28f9f73b511g",
                                      "0217ec28f9f73b511a", "nfq-001a20320a2000217ec28f9f73b511a000"}) {
    INFO(text);
    CHECK_FALSE(may_be_query_id(text));
  }
}

TEST_CASE("the id of a new query tells the time of the day") {
  secret_source secrets;
  const auto ms = [] {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                          std::chrono::system_clock::now().time_since_epoch())
                                          .count());
  };
  const auto before = ms();
  const auto id = next_query_id(3, secrets);
  CHECK(id.core == 3);
  // The coarse clock's tick, on kernels of 100 Hz.
  CHECK(id.began_ms + 11 >= before);
  CHECK(id.began_ms <= ms());
}

TEST_CASE("secrets do not repeat, use every bit, and differ from core to core", "[P4]") {
  secret_source one;
  secret_source other;
  std::set<std::uint64_t> seen;
  std::uint64_t ones = 0;
  std::uint64_t zeros = 0;
  constexpr int rounds = 1'000;
  int set_bits = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto value = one.next();
    seen.insert(value);
    seen.insert(other.next());
    ones |= value;
    zeros |= ~value;
    set_bits += std::popcount(value);
  }
  CHECK(seen.size() == 2 * rounds);
  CHECK(ones == ~0ULL);
  CHECK(zeros == ~0ULL);
  // 32 on average; ten standard deviations of the mean are 1.3.
  CHECK(set_bits > rounds * 30);
  CHECK(set_bits < rounds * 34);
}

}  // namespace
}  // namespace nearfar::gateway
