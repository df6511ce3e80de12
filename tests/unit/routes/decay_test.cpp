#include "routes/decay.hpp"

#include "routes/decaying_histogram.hpp"
#include "tests/unit/routes/dice.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>

#include <cmath>
#include <vector>

using namespace nearfar::routes;
using namespace nearfar::routes::test;
using Catch::Matchers::WithinRel;

namespace {

instant after(double seconds) {
  return instant{} + std::chrono::nanoseconds{std::llround(seconds * 1e9)};
}

double power(double seconds, double half) {
  return std::exp2(-seconds / half);
}

double between(dice& roll, double low, double high) {
  return low + (high - low) * static_cast<double>(roll.below(1'000'001)) / 1e6;
}

struct sample {
  instant at;
  double value;
};

// The part of what is left of all samples that is no larger than `value`.
double share_up_to(const std::vector<sample>& all, double value, instant now, half_life half) {
  double below = 0;
  double sum = 0;
  for (const auto& one : all) {
    const double weight = left_after(one.at, now, half);
    sum += weight;
    if (one.value <= value) below += weight;
  }
  return below / sum;
}

}  // namespace

TEST_CASE("what is left halves in its time, and nothing is lost before it begins", "[routes]") {
  CHECK(left_after(after(5), after(5), half_life{30}) == 1);
  CHECK(left_after(after(5), after(1), half_life{30}) == 1);
  CHECK(left_after(after(5), after(35), half_life{30}) == 0.5);
  CHECK(left_after(after(5), after(95), half_life{30}) == 0.125);
  CHECK(left_after(after(0), after(1e8), half_life{30}) == 0);
}

TEST_CASE("close to the start the series is the power, to the last digit of a double", "[routes]") {
  for (const double half : {2.0, 30.0, 300.0, 3600.0}) {
    for (double part = 1e-9; part < 0.1; part *= 1.07) {
      const double seconds = std::round(half * part * 1e9) / 1e9;
      CHECK_THAT(left_after(after(0), after(seconds), half_life{half}),
                 WithinRel(power(seconds, half), 5e-16));
    }
  }
}

TEST_CASE("whether enough is left is what the power says, at any distance", "[routes]") {
  dice roll(11);
  for (int i = 0; i < 20'000; ++i) {
    const double seconds = std::exp2(between(roll, -20, 12));
    const double weight = std::exp2(between(roll, -6, 12));
    const double least = std::exp2(between(roll, -6, 12));
    const double left = weight * power(seconds, 300);
    if (std::abs(left - least) < 1e-6 * least) continue;
    CHECK(is_left(weight, after(0), after(seconds), half_life{300}, least) == (left >= least));
  }
  CHECK(is_left(3, after(9), after(1), half_life{300}, 3));
  CHECK_FALSE(is_left(2.9, after(9), after(1), half_life{300}, 3));
}

TEST_CASE("a quantile parts what is left of the samples, whatever pauses were between them", "[routes]") {
  dice roll(5);
  for (int round = 0; round < 40; ++round) {
    decaying_histogram sums{std::chrono::seconds{300}};
    std::vector<sample> all;
    double now = 1000;
    for (int i = 0; i < 300; ++i) {
      // Most come close together; some after hours, when a sample weighs ten orders more than the last.
      now += std::exp2(between(roll, -14, i % 60 == 59 ? 14 : 2));
      all.push_back({after(now), std::exp2(between(roll, 4, 16))});
      sums.add(all.back().at, all.back().value);
    }
    for (const double share : {0.1, 0.5, 0.9, 0.95}) {
      const double at = sums.quantile(share);
      // A step is a quarter wide.
      CHECK(share_up_to(all, at * 1.26, after(now), half_life{300}) >= share - 1e-9);
      CHECK(share_up_to(all, at / 1.26, after(now), half_life{300}) <= share + 1e-9);
    }
    CHECK(sums.weighs(after(now), 1));
    CHECK_FALSE(sums.weighs(after(now + 300 * 12), 1));
  }
}
