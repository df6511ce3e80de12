#include "routes/decaying_quantiles.hpp"

#include "tests/unit/routes/make.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar::routes;
using namespace nearfar::routes::test;

namespace {

bool near_to(std::optional<millis> value, double wanted) {
  return value && static_cast<double>(value->count()) > wanted * 0.8 &&
         static_cast<double>(value->count()) < wanted * 1.25;
}

}  // namespace

TEST_CASE("nothing is known of a target that never spoke, little after one sample", "[routes]") {
  decaying_quantiles q;
  CHECK_FALSE(q.median(at(0)));
  q.add(at(0), millis{300});
  CHECK(near_to(q.median(at(0)), 300));
  CHECK_FALSE(q.p90(at(0)));
}

TEST_CASE("a slow tail shows in the p90 and not in the median", "[routes]") {
  decaying_quantiles q;
  for (int i = 0; i < 100; ++i) q.add(at(i), millis{i % 5 == 0 ? 4'000 : 300});
  CHECK(near_to(q.median(at(100)), 300));
  CHECK(near_to(q.p90(at(100)), 4'000));
}

TEST_CASE("what was long ago is forgotten", "[routes]") {
  decaying_quantiles q;
  for (int i = 0; i < 20; ++i) q.add(at(i), millis{4'000});
  for (int i = 0; i < 20; ++i) q.add(at(3'600'000 + i), millis{200});
  CHECK(near_to(q.p90(at(3'600'020)), 200));
  CHECK_FALSE(q.median(at(20'000'000)));
}

TEST_CASE("samples beyond both ends are counted at the ends", "[routes]") {
  decaying_quantiles q;
  for (int i = 0; i < 10; ++i) q.add(at(i), millis{0});
  CHECK(q.median(at(10))->count() <= 13);
  for (int i = 0; i < 100; ++i) q.add(at(i), millis{3'600'000});
  CHECK(q.median(at(100))->count() > 100'000);
}
