#include "routes/decaying_quantiles.hpp"

#include <cmath>

namespace nearfar::routes {
namespace {

constexpr double enough_for_median = 0.5;  // one sample, for some five minutes
constexpr double enough_for_p90 = 4;

millis whole(double ms) {
  return millis{static_cast<millis::rep>(std::llround(ms))};
}

}  // namespace

void decaying_quantiles::add(instant now, millis sample) {
  samples_.add(now, static_cast<double>(sample.count()));
  median_ = whole(samples_.quantile(0.5));
  p90_ = whole(samples_.quantile(0.9));
}

std::optional<millis> decaying_quantiles::median(instant now) const {
  if (!samples_.weighs(now, enough_for_median)) return std::nullopt;
  return median_;
}

std::optional<millis> decaying_quantiles::p90(instant now) const {
  if (!samples_.weighs(now, enough_for_p90)) return std::nullopt;
  return p90_;
}

}  // namespace nearfar::routes
