#include "gateway/sticky_store.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>

using namespace nearfar;
using gateway::sticky_store;
using routes::instant;
using routes::millis;

TEST_CASE("a conversation is found where it was answered last, until that expires") {
  const auto store = std::make_unique<sticky_store>();
  const instant now{millis{1'000'000}};
  CHECK_FALSE(store->find(7, now));
  store->answered(7, 3, now, millis{1'000});
  REQUIRE(store->find(7, now));
  CHECK(store->find(7, now)->slot == 3);
  CHECK(store->find(7, now + millis{999}));
  CHECK_FALSE(store->find(7, now + millis{1'000}));
  CHECK_FALSE(store->find(8, now));
}

TEST_CASE("answers in a row keep the first moment, a move begins anew") {
  const auto store = std::make_unique<sticky_store>();
  const instant now{millis{1'000'000}};
  store->answered(7, 3, now, millis{1'000});
  store->answered(7, 3, now + millis{500}, millis{1'000});
  CHECK(store->find(7, now + millis{1'400})->since == now);
  store->answered(7, 4, now + millis{600}, millis{1'000});
  CHECK(store->find(7, now + millis{700})->slot == 4);
  CHECK(store->find(7, now + millis{700})->since == now + millis{600});
  store->answered(7, 4, now + millis{5'000}, millis{1'000});  // it had expired in between
  CHECK(store->find(7, now + millis{5'000})->since == now + millis{5'000});
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
