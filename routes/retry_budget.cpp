#include "routes/retry_budget.hpp"

#include <algorithm>
#include <cmath>

namespace nearfar::routes {
namespace {

constexpr double share = 0.2;            // retries earned by one query (design, failures)
constexpr double floor_tokens = 3;       // a lone query on a quiet machine may still be tried again
constexpr double refill_per_second = 1;  // towards the floor
constexpr double half_life_seconds = 2;  // "recent": what was earned above the floor fades

double aged(double tokens, double seconds) {
  if (tokens > floor_tokens) {
    return floor_tokens + (tokens - floor_tokens) * std::exp2(-seconds / half_life_seconds);
  }
  return std::min(floor_tokens, tokens + refill_per_second * seconds);
}

double seconds_between(instant from, instant to) {
  return to > from ? std::chrono::duration<double>(to - from).count() : 0.0;
}

}  // namespace

void retry_budget::query(instant now) {
  tokens_ = aged(tokens_, seconds_between(at_, now)) + share;
  at_ = std::max(at_, now);
}

bool retry_budget::take(instant now) {
  tokens_ = aged(tokens_, seconds_between(at_, now));
  at_ = std::max(at_, now);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace nearfar::routes
