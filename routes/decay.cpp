#include "routes/decay.hpp"

#include <cmath>
#include <numbers>

namespace nearfar::routes {
namespace {

double half_lives(instant from, instant to, half_life half) {
  return half_life(to - from) / half;
}

// Queries come milliseconds apart, half-lives are seconds and minutes. So close to nothing the power is its
// series: the fifth term is below 1e-16, where a double ends.
constexpr double series_does = 1.0 / 512;

double halved(double times) {
  if (times > series_does) return std::exp2(-times);
  const double x = times * std::numbers::ln2;
  return 1 - x * (1 - x / 2 * (1 - x / 3 * (1 - x / 4)));
}

}  // namespace

double left_after(instant from, instant to, half_life half) {
  return to <= from ? 1.0 : halved(half_lives(from, to, half));
}

bool is_left(double weight, instant from, instant to, half_life half, double least) {
  if (to <= from || weight < least) return weight >= least;
  const double times = half_lives(from, to, half);
  // The curve never runs below its tangent at the start.
  return weight * (1 - times * std::numbers::ln2) >= least || weight * halved(times) >= least;
}

}  // namespace nearfar::routes
