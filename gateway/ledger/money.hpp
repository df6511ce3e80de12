// Money as whole numbers, so that sums are exact and a budget is kept to the last digit.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace nearfar::gateway {

// Thousand-millionths of a US dollar: a token at 0.01 USD per million costs 10. 9.2e18 of them are
// nine thousand million dollars.
using nano_usd = std::int64_t;

inline constexpr double nano_per_usd = 1e9;
// No amount is more: a thousand million dollars, so that the sum of some of them is still a number.
inline constexpr nano_usd most_money = std::numeric_limits<nano_usd>::max() / 8;

// Neither is less than nothing.
constexpr nano_usd sum_of(nano_usd a, nano_usd b) {
  return a >= most_money - b ? most_money : a + b;
}

constexpr double to_usd(nano_usd amount) {
  return static_cast<double>(amount) / nano_per_usd;
}

// Rounded up: a reservation that rounds down would let one query too many through.
inline nano_usd from_usd(double usd) {
  const double amount = std::ceil(usd * nano_per_usd - 1e-6);
  if (!(amount > 0)) return 0;
  return amount >= static_cast<double>(most_money) ? most_money : static_cast<nano_usd>(amount);
}

// "0.05", exact, without an exponent or zeros that say nothing; of what is not less than nothing.
std::string plain_usd(nano_usd amount);

}  // namespace nearfar::gateway
