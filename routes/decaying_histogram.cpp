#include "routes/decaying_histogram.hpp"

#include "routes/decay.hpp"

#include <algorithm>
#include <cmath>

namespace nearfar::routes {
namespace {

constexpr double first_step = 10;
constexpr double growth = 1.25;
constexpr double heaviest = 1e12;  // of one sample; far from where a double loses the lightest

std::size_t step_of(double sample) {
  const double ratio = std::max(sample, first_step) / first_step;
  return static_cast<std::size_t>(std::log(ratio) / std::log(growth));
}

}  // namespace

void decaying_histogram::add(instant now, double sample) {
  const double keep = left_after(at_, now, half_life_);
  if (keep * heaviest > unit_) {
    unit_ /= keep;
  } else {
    for (auto& count : counts_) count *= keep / unit_;
    unit_ = 1;
  }
  counts_[std::min(step_of(sample), steps - 1)] += unit_;
  weight_ = weight_ * keep + 1;
  at_ = std::max(at_, now);
}

// Inside its step a sample is taken as evenly spread.
double decaying_histogram::quantile(double share) const {
  double left = weight_ * unit_ * share;
  double floor = first_step;
  for (const auto count : counts_) {
    if (count > 0 && left <= count) return floor + floor * (growth - 1) * (left / count);
    left -= count;
    floor *= growth;
  }
  return floor;
}

bool decaying_histogram::weighs(instant now, double least) const {
  return is_left(weight_, at_, now, half_life_, least);
}

}  // namespace nearfar::routes
