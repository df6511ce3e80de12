// Which models must go so that another one fits into a provider's memory budget. Pure.
#pragma once

#include "routes/time.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nearfar::providers {

// A model that holds memory now.
struct resident_model {
  std::uint64_t size = 0;  // bytes, estimated
  routes::instant last_used{};
  bool busy = false;     // never evicted
  bool leaving = false;  // already on its way out
};

struct memory_plan {
  bool fits = false;               // there is room now
  std::vector<std::size_t> evict;  // indices, least recently used first; no more than needed
};

// When even the eviction of every idle model would not do, nothing is evicted: the caller waits for a
// busy one to become idle.
memory_plan plan_memory(std::uint64_t wanted, std::uint64_t budget,
                        std::span<const resident_model> residents);

}  // namespace nearfar::providers
