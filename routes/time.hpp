// Time as a value. `routes/` never reads a clock: instants are passed in.
#pragma once

#include <chrono>
#include <cstdint>

namespace nearfar::routes {

using millis = std::chrono::milliseconds;
using micros = std::chrono::microseconds;

// Counts from an arbitrary start, runs on during a suspend (CLOCK_BOOTTIME). It has no now():
// providers/os/clock.hpp reads it.
struct boot_time {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<boot_time>;
  static constexpr bool is_steady = true;
};

using instant = boot_time::time_point;

// Wall clock for time windows and `until`, resolved outside because zones need a database.
struct local_time {
  std::int64_t unix_seconds = 0;
};

}  // namespace nearfar::routes
