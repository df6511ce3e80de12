#include "routes/retry_budget.hpp"

#include "routes/decay.hpp"

#include <algorithm>

namespace nearfar::routes {
namespace {

constexpr double share = 0.2;            // retries earned by one query (design, failures)
constexpr double floor_tokens = 3;       // a lone query on a quiet machine may still be tried again
constexpr double refill_per_second = 1;  // towards the floor
constexpr half_life recent{2};           // "recent": what was earned above the floor fades

double aged(double tokens, instant from, instant to) {
  if (tokens > floor_tokens) return floor_tokens + (tokens - floor_tokens) * left_after(from, to, recent);
  const double seconds = to > from ? std::chrono::duration<double>(to - from).count() : 0.0;
  return std::min(floor_tokens, tokens + refill_per_second * seconds);
}

}  // namespace

void retry_budget::query(instant now) {
  tokens_ = aged(tokens_, at_, now) + share;
  at_ = std::max(at_, now);
}

bool retry_budget::take(instant now) {
  tokens_ = aged(tokens_, at_, now);
  at_ = std::max(at_, now);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace nearfar::routes
