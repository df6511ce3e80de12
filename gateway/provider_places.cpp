#include "gateway/provider_places.hpp"

#include <utility>

namespace nearfar::gateway {

void provider_places::leave() {
  if (in_flight_ > 0) --in_flight_;
  hand_on();
}

void provider_places::hand_on() {
  if (line_.empty() || in_flight_ >= line_.front().limit) return;
  const auto next = std::move(line_.front().who);
  line_.pop_front();
  ++in_flight_;
  next->granted = this;
  withdraw(*next);
  if (next->wake) next->wake();
}

void provider_places::enlist(const std::shared_ptr<queue_waiter>& who, unsigned limit) {
  if (who->granted != nullptr) return;
  who->lines.push_back(this);
  line_.push_back({who, limit});
  hand_on();
}

void provider_places::withdraw(queue_waiter& who) {
  for (auto* place : std::exchange(who.lines, {})) {
    std::erase_if(place->line_, [&](const in_line& one) { return one.who.get() == &who; });
  }
}

}  // namespace nearfar::gateway
