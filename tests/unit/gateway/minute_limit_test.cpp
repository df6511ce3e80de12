#include "gateway/minute_limit.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar;
using gateway::minute_limit;
using routes::instant;
using routes::millis;

TEST_CASE("a burst of a minute's worth passes, then one every so often") {
  minute_limit limit(30);
  instant now{millis{5'000}};
  for (int i = 0; i < 30; ++i) CHECK_FALSE(limit.take(now));
  const auto wait = limit.take(now);
  REQUIRE(wait);
  CHECK(*wait == millis{2'000});
  CHECK(limit.take(now + millis{1'500}) == millis{500});
  CHECK_FALSE(limit.take(now + millis{2'000}));
  CHECK(limit.take(now + millis{2'000}));
}

TEST_CASE("a long pause saves up no more than a minute's worth") {
  minute_limit limit(2);
  instant now{millis{5'000}};
  CHECK_FALSE(limit.take(now));
  now += millis{3'600'000};
  CHECK_FALSE(limit.take(now));
  CHECK_FALSE(limit.take(now));
  CHECK(limit.take(now) == millis{30'000});
}

TEST_CASE("a clock that goes back gives nothing away") {
  minute_limit limit(1);
  CHECK_FALSE(limit.take(instant{millis{60'000}}));
  CHECK(limit.take(instant{millis{0}}) == millis{60'000});
  CHECK(limit.take(instant{millis{90'000}}) == millis{30'000});
}
