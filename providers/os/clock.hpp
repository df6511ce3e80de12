// The clocks of the machine behind one small interface, so that tests can inject their own.
#pragma once

#include "routes/time.hpp"

#include <chrono>

namespace nearfar::providers {

// CLOCK_BOOTTIME: runs on during a suspend.
routes::instant boot_now();

// CLOCK_MONOTONIC: stands still during a suspend.
std::chrono::nanoseconds monotonic_now();

// The steady clock as it stood at the kernel's last tick, up to 10 ms ago: a tenth of the price, for clocks
// of seconds (CLOCK_MONOTONIC_COARSE).
std::chrono::steady_clock::time_point about_now();

// The two clocks as functions, for what must see a suspend. Thread safe, cheap (no system call).
struct clocks {
  routes::instant (*boot)() = boot_now;
  std::chrono::nanoseconds (*monotonic)() = monotonic_now;
};

// Tells a suspend by boot time running ahead of monotonic time.
class suspend_detector {
 public:
  // True once after each suspend of more than a second since the last call.
  bool suspended(std::chrono::nanoseconds boot, std::chrono::nanoseconds monotonic);

 private:
  bool first_ = true;
  std::chrono::nanoseconds ahead_{0};
};

}  // namespace nearfar::providers
