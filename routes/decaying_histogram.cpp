#include "routes/decaying_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace nearfar::routes {
namespace {

constexpr double first_step = 10;
constexpr double growth = 1.25;

}  // namespace

double decaying_histogram::faded(instant now) const {
  if (now <= at_) return 1.0;
  return std::exp2(-std::chrono::duration<double>(now - at_) / std::chrono::duration<double>(half_life_));
}

void decaying_histogram::add(instant now, double sample) {
  const double keep = faded(now);
  for (auto& count : counts_) count = static_cast<float>(count * keep);
  const double ratio = std::max(sample, first_step) / first_step;
  const auto step = static_cast<std::size_t>(std::log(ratio) / std::log(growth));
  counts_[std::min(step, steps - 1)] += 1.0F;
  weight_ = weight_ * keep + 1;
  at_ = std::max(at_, now);
}

// Inside its step a sample is taken as evenly spread.
double decaying_histogram::quantile(double share) const {
  double left = weight_ * share;
  double floor = first_step;
  for (const auto count : counts_) {
    if (count > 0 && left <= count) return floor + floor * (growth - 1) * (left / count);
    left -= count;
    floor *= growth;
  }
  return floor;
}

double decaying_histogram::weight_at(instant now) const {
  return weight_ * faded(now);
}

}  // namespace nearfar::routes
