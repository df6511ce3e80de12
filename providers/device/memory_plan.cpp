#include "providers/device/memory_plan.hpp"

#include <algorithm>

namespace nearfar::providers {

memory_plan plan_memory(std::uint64_t wanted, std::uint64_t budget,
                        std::span<const resident_model> residents) {
  std::uint64_t used = 0;     // now
  std::uint64_t staying = 0;  // when those that leave have left
  std::vector<std::size_t> idle;
  for (std::size_t i = 0; i < residents.size(); ++i) {
    const auto& r = residents[i];
    used += r.size;
    if (r.leaving) continue;
    staying += r.size;
    if (!r.busy) idle.push_back(i);
  }
  memory_plan plan;
  if (wanted > budget) return plan;
  const auto room = budget - wanted;
  plan.fits = used <= room;
  if (staying <= room) return plan;

  std::sort(idle.begin(), idle.end(), [&](std::size_t a, std::size_t b) {
    return residents[a].last_used != residents[b].last_used ? residents[a].last_used < residents[b].last_used
                                                            : a < b;
  });
  for (const auto i : idle) {
    if (staying <= room) break;
    staying -= residents[i].size;
    plan.evict.push_back(i);
  }
  if (staying > room) plan.evict.clear();
  return plan;
}

}  // namespace nearfar::providers
