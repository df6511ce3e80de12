// Money as whole numbers, so that sums are exact and a budget is kept to the last digit.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace nearfar::gateway {

// Thousand-millionths of a US dollar: a token at 0.01 USD per million costs 10. 9.2e18 of them are
// nine thousand million dollars.
using nano_usd = std::int64_t;

inline constexpr double nano_per_usd = 1e9;

constexpr double to_usd(nano_usd amount) {
  return static_cast<double>(amount) / nano_per_usd;
}

// Rounded up: a reservation that rounds down would let one query too many through.
inline nano_usd from_usd(double usd) {
  const double amount = std::ceil(usd * nano_per_usd - 1e-6);
  constexpr auto most = std::numeric_limits<nano_usd>::max();
  if (!(amount > 0)) return 0;
  return amount >= static_cast<double>(most) ? most : static_cast<nano_usd>(amount);
}

}  // namespace nearfar::gateway
