#include "gateway/sticky_store.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>

using namespace nearfar;
using gateway::sticky_store;
using routes::instant;
using routes::millis;

TEST_CASE("a conversation is found where it was answered, until that expires") {
  const auto store = std::make_unique<sticky_store>();
  const instant now{millis{1'000'000}};
  CHECK_FALSE(store->find(7, now));
  store->answered(7, 3, now, millis{1'000});
  REQUIRE(store->find(7, now));
  CHECK(store->find(7, now)->home.slot == 3);
  CHECK(store->find(7, now + millis{999}));
  CHECK_FALSE(store->find(7, now + millis{1'000}));
  CHECK_FALSE(store->find(8, now));
}

TEST_CASE("answers at home keep the first moment, and an expired stay begins anew") {
  const auto store = std::make_unique<sticky_store>();
  const instant now{millis{1'000'000}};
  store->answered(7, 3, now, millis{1'000});
  store->answered(7, 3, now + millis{500}, millis{1'000});
  CHECK(store->find(7, now + millis{1'400})->home.since == now);
  store->answered(7, 3, now + millis{5'000}, millis{1'000});
  CHECK(store->find(7, now + millis{5'000})->home.since == now + millis{5'000});
}

TEST_CASE("an answer from elsewhere is a guest's, and the home stays the home") {
  const auto store = std::make_unique<sticky_store>();
  const instant now{millis{1'000'000}};
  store->answered(7, 3, now, millis{1'000});
  CHECK_FALSE(store->find(7, now)->guest);
  store->answered(7, 4, now + millis{600}, millis{1'000});
  const auto both = store->find(7, now + millis{700});
  REQUIRE(both);
  CHECK(both->home.slot == 3);
  CHECK(both->home.since == now);
  REQUIRE(both->guest);
  CHECK(both->guest->slot == 4);
  CHECK(both->guest->since == now + millis{600});
  // An answer elsewhere does not renew the home's cache.
  store->answered(7, 3, now + millis{900}, millis{1'000});
  CHECK(store->find(7, now + millis{1'700})->home.slot == 3);
  CHECK_FALSE(store->find(7, now + millis{1'700})->guest);
}

TEST_CASE("when the home's cache is gone the guest is the home") {
  const auto store = std::make_unique<sticky_store>();
  const instant now{millis{1'000'000}};
  store->answered(7, 3, now, millis{1'000});
  store->answered(7, 4, now + millis{600}, millis{1'000});
  const auto moved = store->find(7, now + millis{1'100});
  REQUIRE(moved);
  CHECK(moved->home.slot == 4);
  CHECK(moved->home.since == now + millis{600});
  CHECK_FALSE(moved->guest);
  store->answered(7, 3, now + millis{1'200}, millis{1'000});
  CHECK(store->find(7, now + millis{1'300})->home.slot == 4);
  CHECK(store->find(7, now + millis{1'300})->guest->slot == 3);
}

TEST_CASE("another guest takes the place of the one before") {
  const auto store = std::make_unique<sticky_store>();
  const instant now{millis{1'000'000}};
  store->answered(7, 3, now, millis{1'000});
  store->answered(7, 4, now + millis{100}, millis{1'000});
  store->answered(7, 5, now + millis{200}, millis{1'000});
  const auto found = store->find(7, now + millis{300});
  CHECK(found->home.slot == 3);
  CHECK(found->guest->slot == 5);
  CHECK(found->guest->since == now + millis{200});
}

TEST_CASE("the store is bounded, and what expires first makes room") {
  const auto store = std::make_unique<sticky_store>();
  const instant now{millis{1'000'000}};
  constexpr std::uint64_t many = 4 * sticky_store::shards * sticky_store::sets * sticky_store::ways;
  for (std::uint64_t c = 1; c <= many; ++c) {
    store->answered(c, 1, now, millis{static_cast<std::int64_t>(c)});
  }
  std::size_t old_ones = 0;
  std::size_t new_ones = 0;
  for (std::uint64_t c = 1; c <= many / 4; ++c) old_ones += store->find(c, now) ? 1U : 0U;
  for (std::uint64_t c = many - many / 8; c <= many; ++c) new_ones += store->find(c, now) ? 1U : 0U;
  CHECK(old_ones < many / 100);
  CHECK(new_ones > many / 10);
}
