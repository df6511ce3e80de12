#include "gateway/admission.hpp"

#include "providers/os/clock.hpp"

#include <ctime>

namespace nearfar::gateway {

bool admit(query_state& q, running_attempt& attempt, target_registry::past_breaker how,
           queue_waiter* granted) {
  auto& hold = attempt.buffers->hold;
  if (q.limits != nullptr) {
    const auto& known = q.scratch.snapshots[attempt.target];
    if (!q.limits->reserve(attempt.target, q.asked(), known, std::time(nullptr), hold)) return false;
  }
  const auto taken =
      q.on.shared.registry.admit(*q.deployed, attempt.target, providers::boot_now(), how, granted);
  if (taken != target_registry::admission::admitted) {
    if (q.limits != nullptr) q.limits->release(hold);
    return false;
  }
  if (q.limits != nullptr) q.on.shared.bill.touch();
  return true;
}

}  // namespace nearfar::gateway
