// Median and ninth decile of a duration whose old samples fade. Pure: every call is given the instant.
#pragma once

#include "routes/time.hpp"

#include <array>
#include <cstddef>
#include <optional>

namespace nearfar::routes {

// A histogram over steps of a quarter (10 ms to some two minutes), so an answer is true to about 12 %.
// The half-life is that of the estimates. A look-up costs nothing: the quantiles are worked out when a
// sample is added. Not thread safe.
class decaying_quantiles {
 public:
  void add(instant now, millis sample);

  // Nothing until enough is known: a sample or two say little of the middle and nothing of the tail.
  std::optional<millis> median(instant now) const;
  std::optional<millis> p90(instant now) const;

 private:
  static constexpr std::size_t steps = 44;

  double weight_at(instant now) const;
  millis quantile(double share) const;

  std::array<float, steps> counts_{};
  double weight_ = 0;
  instant at_{};
  millis median_{0};
  millis p90_{0};
};

}  // namespace nearfar::routes
