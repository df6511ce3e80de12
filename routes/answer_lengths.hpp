// How long a target's answers usually are, so that a query without a bound of its own is reserved for what it
// is likely to cost and not for the longest answer that the model can give. Pure: every call is given the
// instant.
#pragma once

#include "routes/decaying_histogram.hpp"

#include <cstdint>
#include <optional>

namespace nearfar::routes {

// Half-life of an hour: what people ask of a target changes more slowly than how fast it is. Not thread safe.
class answer_lengths {
 public:
  // Tokens of a whole answer, reasoning among them.
  void add(instant now, std::uint64_t tokens);

  // Nineteen of twenty answers were no longer, to about 12 %; nothing until some ten of them are known.
  std::optional<std::uint64_t> p95(instant now) const;

 private:
  decaying_histogram samples_{std::chrono::hours{1}};
  std::uint64_t p95_ = 0;
};

}  // namespace nearfar::routes
