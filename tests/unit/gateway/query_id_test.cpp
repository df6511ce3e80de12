#include "gateway/query_id.hpp"

#include <catch2/catch_test_macros.hpp>

#include <bit>
#include <set>

namespace nearfar::gateway {
namespace {

TEST_CASE("the id of a query tells its core and its secret, and nothing else is one") {
  for (const query_id id : {query_id{0, 0}, query_id{3, 0x17ec28f9f73b511a}, query_id{255, ~0ULL},
                            query_id{0x100, 1}, query_id{0xffff, 2}}) {
    const auto text = to_string(id);
    INFO(text);
    const auto read = parse_query_id(text);
    REQUIRE(read);
    CHECK(read->core == id.core);
    CHECK(read->secret == id.secret);
  }
  CHECK(to_string({2, 0x17ec28f9f73b511a}) == "nfq-0217ec28f9f73b511a");
  for (const std::string_view text :
       {"", "nfq-", "nfq-02", "nfq-17ec28f9f73b511a", "nfx-0217ec28f9f73b511a", "0217ec28f9f73b511a",
        "nfq-0217EC28F9F73B511A", "nfq-0217ec28f9f73b511g", "nfq-+217ec28f9f73b511a",
        "nfq-0217ec28f9f73b511a ", "nfq-000000217ec28f9f73b511a", "nfq-../../17ec28f9f73b51"}) {
    INFO(text);
    CHECK_FALSE(parse_query_id(text));
  }
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
