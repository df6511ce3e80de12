#include "routes/decaying_quantiles.hpp"

#include <algorithm>
#include <cmath>

namespace nearfar::routes {
namespace {

using seconds = std::chrono::duration<double>;

constexpr seconds half_life{300};  // as the estimates
constexpr double first_step_ms = 10;
constexpr double growth = 1.25;
constexpr double enough_for_median = 0.5;  // one sample, for some five minutes
constexpr double enough_for_p90 = 4;

double faded(instant from, instant to) {
  return to <= from ? 1.0 : std::exp2(-seconds(to - from).count() / half_life.count());
}

}  // namespace

void decaying_quantiles::add(instant now, millis sample) {
  const double keep = faded(at_, now);
  for (auto& count : counts_) count = static_cast<float>(count * keep);
  const double ratio = std::max(static_cast<double>(sample.count()), first_step_ms) / first_step_ms;
  const auto step = static_cast<std::size_t>(std::log(ratio) / std::log(growth));
  counts_[std::min(step, steps - 1)] += 1.0F;
  weight_ = weight_ * keep + 1;
  at_ = std::max(at_, now);
  median_ = quantile(0.5);
  p90_ = quantile(0.9);
}

// Inside its step a sample is taken as evenly spread.
millis decaying_quantiles::quantile(double share) const {
  double left = weight_ * share;
  double floor_ms = first_step_ms;
  for (const auto count : counts_) {
    if (count > 0 && left <= count) {
      const double within = floor_ms + floor_ms * (growth - 1) * (left / count);
      return millis{static_cast<millis::rep>(std::llround(within))};
    }
    left -= count;
    floor_ms *= growth;
  }
  return millis{static_cast<millis::rep>(std::llround(floor_ms))};
}

double decaying_quantiles::weight_at(instant now) const {
  return weight_ * faded(at_, now);
}

std::optional<millis> decaying_quantiles::median(instant now) const {
  if (weight_at(now) < enough_for_median) return std::nullopt;
  return median_;
}

std::optional<millis> decaying_quantiles::p90(instant now) const {
  if (weight_at(now) < enough_for_p90) return std::nullopt;
  return p90_;
}

}  // namespace nearfar::routes
