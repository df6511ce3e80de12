#include "routes/answer_lengths.hpp"

#include <cmath>

namespace nearfar::routes {
namespace {

// Fewer say nothing of the twentieth; 9.5, so that ten in a row are enough although the first have faded a
// little.
constexpr double enough = 9.5;

}  // namespace

void answer_lengths::add(instant now, std::uint64_t tokens) {
  samples_.add(now, static_cast<double>(tokens));
  p95_ = static_cast<std::uint64_t>(std::llround(samples_.quantile(0.95)));
}

std::optional<std::uint64_t> answer_lengths::p95(instant now) const {
  if (!samples_.weighs(now, enough)) return std::nullopt;
  return p95_;
}

}  // namespace nearfar::routes
