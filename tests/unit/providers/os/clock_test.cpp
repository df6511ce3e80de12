#include "providers/os/clock.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar::providers;
using namespace std::chrono_literals;

TEST_CASE("boot time running ahead of monotonic time is a suspend, told once") {
  suspend_detector sleep;
  CHECK(!sleep.suspended(500s, 100s));  // slept before the start: no news
  CHECK(!sleep.suspended(510s, 110s));
  CHECK(sleep.suspended(540s, 120s));
  CHECK(!sleep.suspended(541s, 121s));
  CHECK(!sleep.suspended(542500ms, 122s));
  CHECK(sleep.suspended(550s, 123s));
}

TEST_CASE("the machine's clocks run, and boot time is not behind") {
  const auto boot = boot_now();
  const auto steady = monotonic_now();
  CHECK(boot_now() >= boot);
  CHECK(monotonic_now() >= steady);
  CHECK(boot_now().time_since_epoch() >= steady);
}
