// Median and ninth decile of a duration whose old samples fade. Pure: every call is given the instant.
#pragma once

#include "routes/decaying_histogram.hpp"
#include "routes/time.hpp"

#include <optional>

namespace nearfar::routes {

// True to about 12 % from 10 ms to some two minutes. The half-life is that of the estimates. A look-up costs
// nothing: the quantiles are worked out when a sample is added. Not thread safe.
class decaying_quantiles {
 public:
  void add(instant now, millis sample);

  // Nothing until enough is known: a sample or two say little of the middle and nothing of the tail.
  std::optional<millis> median(instant now) const;
  std::optional<millis> p90(instant now) const;

 private:
  decaying_histogram samples_{std::chrono::minutes{5}};
  millis median_{0};
  millis p90_{0};
};

}  // namespace nearfar::routes
