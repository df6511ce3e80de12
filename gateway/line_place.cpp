#include "gateway/line_place.hpp"

#include "gateway/target_registry.hpp"

#include <utility>

namespace nearfar::gateway {

bool line_place::enlist(const deployment& of, std::span<const routes::target_index> lines,
                        std::function<void()> wake) {
  leave();
  waiter_ = std::make_shared<queue_waiter>();
  waiter_->wake = std::move(wake);
  if (registry_.enlist(of, lines, waiter_)) return true;
  waiter_.reset();
  return false;
}

void line_place::leave() {
  if (!waiter_) return;
  registry_.leave_line(*waiter_);
  waiter_.reset();
}

}  // namespace nearfar::gateway
