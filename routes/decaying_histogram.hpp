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
  // Whether the decayed number of samples is `least` or more.
  bool weighs(instant now, double least) const;
  // 0 < share < 1. Meaningless before the first sample.
  double quantile(double share) const;

 private:
  static constexpr std::size_t steps = 44;

  // Old samples are not made lighter, new ones are heavier: nothing is touched but one step, and a count of
  // many does not lose what is too small a part of it to be taken away.
  std::array<double, steps> counts_{};
  double unit_ = 1;  // what the newest sample weighs in them
  std::chrono::seconds half_life_;
  double weight_ = 0;  // of all, where the newest weighs one
  instant at_{};       // of the newest
};

}  // namespace nearfar::routes
