// So many a minute, in bursts of that many at most. Pure: the moment is passed in.
#pragma once

#include "routes/time.hpp"

#include <optional>

namespace nearfar::gateway {

// Not thread safe.
class minute_limit {
 public:
  explicit minute_limit(unsigned a_minute) : a_minute_(a_minute), left_(a_minute) {}

  // Nullopt: taken. Otherwise how long until one more fits.
  std::optional<routes::millis> take(routes::instant now);

 private:
  unsigned a_minute_;
  double left_;
  routes::instant at_{};
  bool begun_ = false;
};

}  // namespace nearfar::gateway
