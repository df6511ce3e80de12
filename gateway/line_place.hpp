// A query's standing in the lines of busy providers. Leaves them, and gives back a place that it was granted
// and did not use, when it goes.
#pragma once

#include "gateway/provider_places.hpp"
#include "routes/plan.hpp"

#include <functional>
#include <memory>
#include <span>

namespace nearfar::gateway {

class target_registry;
struct deployment;

// Belongs to one query on one core; the registry behind it is shared.
class line_place {
 public:
  explicit line_place(target_registry& registry) : registry_(registry) {}
  ~line_place() { leave(); }
  line_place(const line_place&) = delete;
  line_place& operator=(const line_place&) = delete;

  // False: every line has filled up meanwhile. `wake` is called once when a place is granted, from any
  // thread, maybe before this returns.
  bool enlist(const deployment& of, std::span<const routes::target_index> lines, std::function<void()> wake);
  // Null: neither in a line nor granted anything.
  queue_waiter* get() const { return waiter_.get(); }
  void leave();

 private:
  target_registry& registry_;
  std::shared_ptr<queue_waiter> waiter_;
};

}  // namespace nearfar::gateway
