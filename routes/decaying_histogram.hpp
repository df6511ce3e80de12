// A histogram of positive numbers whose old samples fade. Pure: every call is given the instant.
#pragma once

#include "routes/time.hpp"

#include <array>
#include <cstddef>

namespace nearfar::routes {

// Steps of a quarter from 10 to some 180,000 (of whatever is counted), so a quantile is true to about 12 %.
// Not thread safe.
class decaying_histogram {
 public:
  explicit decaying_histogram(std::chrono::seconds half_life) : half_life_(half_life) {}

  void add(instant now, double sample);
  double weight_at(instant now) const;  // decayed number of samples
  // 0 < share < 1. Meaningless before the first sample.
  double quantile(double share) const;

 private:
  static constexpr std::size_t steps = 44;

  double faded(instant now) const;

  std::array<float, steps> counts_{};
  std::chrono::seconds half_life_;
  double weight_ = 0;
  instant at_{};
};

}  // namespace nearfar::routes
