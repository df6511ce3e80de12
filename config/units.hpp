// Numbers as people write them, with their units.
#pragma once

#include "config/model.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::config {

// What a number counts. Units are compulsory but for `plain` and `tokens` (where k, Ki, M and Mi multiply).
enum class quantity : std::uint8_t {
  plain,            // counts: total, quality, concurrent
  tokens,           // 1200, 8k = 8000, 8Ki = 8192, 1M
  duration,         // milliseconds: 350ms, 4s, 3m, 2h, 30d
  bytes,            // 512MiB, 2GiB, 10MB, 900B
  percent,          // 0..100: 20%
  usd,              // 5 USD
  usd_per_million,  // 3 USD/M
};

struct number_error {
  std::string code;     // of config/codes.hpp
  std::string message;  // goes on after the name of the key: "needs a unit"
  std::string help;
};

// A value in the base unit of its quantity, or why not.
struct number_result {
  std::optional<double> value;
  number_error error;
};

// "20%", "8k", "4s", "2GiB", "5 USD", "3 USD/M". One blank before the unit is allowed. No sign, no exponent,
// no leading zero. `like`: how such a value is usually written ("700ms"); of a number without its unit the
// help names the one that brings it nearest to that.
number_result parse_number(std::string_view text, quantity what, std::string_view like = {});

struct test_result {
  std::optional<number_test> value;
  number_error error;
};

// "< 20%", "<= 8k", "> 6000", ">= 1", "10%..30%", "5": the last is equality.
test_result parse_number_test(std::string_view text, quantity what, std::string_view like = {});

// USD per million below which a price was surely meant for one token: the dearest ones are some hundred
// USD/M, the cheapest some cents.
inline constexpr double least_likely_price = 0.001;

// "3 USD/M" of 0.000003 USD a token.
std::string price_of_million(double usd_per_token);

// As they are written after the digits; an empty one where none is needed.
std::vector<std::string_view> unit_names(quantity what);

// "a duration such as `4s`"
std::string_view describe(quantity what);

}  // namespace nearfar::config
