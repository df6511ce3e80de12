#include "providers/os/clock.hpp"

#include <time.h>

namespace nearfar::providers {
namespace {

std::chrono::nanoseconds read_clock(clockid_t id) {
  timespec t{};
  ::clock_gettime(id, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

}  // namespace

routes::instant boot_now() {
  return routes::instant(read_clock(CLOCK_BOOTTIME));
}

std::chrono::nanoseconds monotonic_now() {
  return read_clock(CLOCK_MONOTONIC);
}

std::chrono::steady_clock::time_point about_now() {
  return std::chrono::steady_clock::time_point(read_clock(CLOCK_MONOTONIC_COARSE));
}

bool suspend_detector::suspended(std::chrono::nanoseconds boot, std::chrono::nanoseconds monotonic) {
  const auto ahead = boot - monotonic;
  const bool jumped = !first_ && ahead - ahead_ > std::chrono::seconds(1);
  first_ = false;
  ahead_ = ahead;
  return jumped;
}

}  // namespace nearfar::providers
