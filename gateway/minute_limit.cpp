#include "gateway/minute_limit.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace nearfar::gateway {

std::optional<routes::millis> minute_limit::take(routes::instant now) {
  constexpr double minute_ms = 60'000;
  if (begun_ && now > at_) {
    const auto passed = std::chrono::duration<double, std::milli>(now - at_).count();
    left_ = std::min<double>(a_minute_, left_ + passed * a_minute_ / minute_ms);
  }
  if (!begun_ || now > at_) at_ = now;
  begun_ = true;
  if (left_ >= 1) {
    left_ -= 1;
    return std::nullopt;
  }
  return routes::millis(static_cast<std::int64_t>(std::ceil((1 - left_) * minute_ms / a_minute_)));
}

}  // namespace nearfar::gateway
