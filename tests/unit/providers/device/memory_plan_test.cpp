#include "providers/device/memory_plan.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar::providers;
using namespace std::chrono_literals;
using nearfar::routes::instant;

namespace {

resident_model idle(std::uint64_t size, std::chrono::seconds last_used) {
  return {size, instant(last_used)};
}

resident_model busy(std::uint64_t size) {
  return {size, instant(0s), true};
}

resident_model leaving(std::uint64_t size) {
  return {size, instant(0s), false, true};
}

using indices = std::vector<std::size_t>;

}  // namespace

TEST_CASE("a model fits where there is room, to the last byte", "[device]") {
  CHECK(plan_memory(100, 100, {}).fits);
  CHECK_FALSE(plan_memory(101, 100, {}).fits);
  const std::vector residents{idle(60, 1s)};
  CHECK(plan_memory(40, 100, residents).fits);
  CHECK(plan_memory(40, 100, residents).evict.empty());
  CHECK_FALSE(plan_memory(41, 100, residents).fits);
}

TEST_CASE("the least recently used go first, and no more than needed", "[device]") {
  const std::vector residents{idle(30, 5s), idle(30, 1s), idle(30, 3s)};
  CHECK(plan_memory(40, 100, residents).evict == indices{1});
  CHECK(plan_memory(41, 100, residents).evict == indices{1, 2});
  CHECK(plan_memory(100, 100, residents).evict == indices{1, 2, 0});
}

TEST_CASE("a busy model is never evicted, and nothing is evicted in vain", "[device]") {
  const std::vector residents{busy(60), idle(30, 1s)};
  CHECK(plan_memory(40, 100, residents).evict == indices{1});
  CHECK(plan_memory(41, 100, residents).evict.empty());
  CHECK_FALSE(plan_memory(41, 100, residents).fits);
}

TEST_CASE("who already leaves makes room later and is not asked again", "[device]") {
  const std::vector residents{leaving(60), idle(30, 1s)};
  const auto plan = plan_memory(50, 100, residents);
  CHECK_FALSE(plan.fits);
  CHECK(plan.evict.empty());
  CHECK(plan_memory(80, 100, residents).evict == indices{1});
}

TEST_CASE("a model larger than the budget evicts nobody", "[device]") {
  const std::vector residents{idle(30, 1s)};
  const auto plan = plan_memory(200, 100, residents);
  CHECK_FALSE(plan.fits);
  CHECK(plan.evict.empty());
}
