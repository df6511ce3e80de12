#include "providers/dialects/json_walk.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace nearfar::providers {
namespace {

std::optional<std::uint64_t> count_in(std::string_view text) {
  std::uint64_t out = 0;
  return json_walk::read_count(text, out) ? std::optional(out) : std::nullopt;
}

TEST_CASE("a count is read digit by digit, however many it has") {
  std::string digits;
  std::uint64_t value = 0;
  for (std::uint64_t i = 1; i <= 15; ++i) {
    digits += static_cast<char>('0' + i % 10);
    value = value * 10 + i % 10;
    CAPTURE(digits);
    CHECK(count_in(digits) == value);
    // The same number in the way of fractions.
    CHECK(count_in(digits + ".0") == value);
  }
  CHECK(count_in("0") == 0);
  CHECK(count_in("9007199254740991") == 9007199254740991);
  CHECK(count_in("12345678901234567890") == 9007199254740992);
}

TEST_CASE("what is no number of JSON is no count") {
  for (const auto* wrong :
       {"", "00", "01", "+1", "1a", "a1", "1 ", "0x1", "-", "\"1\"", "null", "1.", ".5"}) {
    CAPTURE(wrong);
    CHECK_FALSE(count_in(wrong));
  }
}

TEST_CASE("a count is cut to what it can hold") {
  CHECK(count_in("-1") == 0);
  CHECK(count_in("2.9") == 2);
  CHECK(count_in("1e3") == 1000);
  CHECK(count_in("1e400") == 9007199254740992);
  CHECK(count_in("1e-400") == 0);
}

}  // namespace
}  // namespace nearfar::providers
