#include "gateway/ledger/money.hpp"

#include <fmt/format.h>

namespace nearfar::gateway {

std::string plain_usd(nano_usd amount) {
  constexpr nano_usd whole = 1'000'000'000;
  auto text = fmt::format("{}.{:09}", amount / whole, amount % whole);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace nearfar::gateway
