#include "providers/http/deadline.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace nearfar::providers {

using steady = std::chrono::steady_clock;

// A binary heap of deadlines, each of which knows its place. Moving a deadline to later, or dropping
// it, does not touch the heap: it stays where it is, too early, and is put right when it gets to the
// front and the time there has come. A clock that is moved with every chunk costs a store.
struct deadline_queue::impl : std::enable_shared_from_this<deadline_queue::impl> {
  explicit impl(executor ex) : wake(std::in_place, ex) {}

  void put(deadline& n, steady::time_point at);
  void remove(deadline& n);
  void arm();
  void fire();
  void put_front_right();
  void forget_dropped();

  // Empty once the queue died: deadlines may outlive it, the executor may not.
  std::optional<timer> wake;
  steady::time_point armed_for = steady::time_point::max();
  std::uint64_t generation = 0;  // tells the latest wait from those it replaced
  std::vector<deadline*> heap;
  deadline* firing = nullptr;  // reset when the deadline dies in its own handler

 private:
  void run_handler(deadline& due);
  void up(std::size_t i);
  void down(std::size_t i);
  void place(deadline* n, std::size_t i) {
    heap[i] = n;
    n->place_ = i;
  }
};

void deadline_queue::impl::put(deadline& n, steady::time_point at) {
  n.at_ = at;
  if (n.place_ != deadline::nowhere && at >= n.key_) return;
  n.key_ = at;
  if (n.place_ == deadline::nowhere) {
    n.place_ = heap.size();
    heap.push_back(&n);
  }
  up(n.place_);
  arm();
}

void deadline_queue::impl::remove(deadline& n) {
  const std::size_t i = std::exchange(n.place_, deadline::nowhere);
  if (i == deadline::nowhere) return;
  deadline* last = heap.back();
  heap.pop_back();
  if (last == &n) return;
  place(last, i);
  up(i);
  down(last->place_);
}

// Only an earlier deadline touches the timer. A later or dropped one is found out when it wakes.
void deadline_queue::impl::arm() {
  if (heap.empty() || !wake || heap.front()->key_ >= armed_for) return;
  armed_for = heap.front()->key_;
  wake->expires_at(armed_for);
  wake->async_wait([self = weak_from_this(), mine = ++generation](const boost::system::error_code&) {
    // The generation and not the error code: a wait that was replaced may already have been queued.
    if (auto alive = self.lock(); alive && alive->wake && alive->generation == mine) alive->fire();
  });
}

// Afterwards the front, if any, is set and stands under its own time.
void deadline_queue::impl::put_front_right() {
  while (!heap.empty() && heap.front()->key_ != heap.front()->at_) {
    deadline* front = heap.front();
    if (!front->is_set()) {
      remove(*front);
    } else {
      front->key_ = front->at_;
      down(0);
    }
  }
}

void deadline_queue::impl::forget_dropped() {
  const auto kept = std::partition(heap.begin(), heap.end(), [](const deadline* n) { return n->is_set(); });
  for (auto n = kept; n != heap.end(); ++n) (*n)->place_ = deadline::nowhere;
  heap.erase(kept, heap.end());
  const std::vector<deadline*> all(std::move(heap));
  heap.clear();
  for (deadline* n : all) {
    n->key_ = n->at_;
    heap.push_back(n);
    up(n->place_ = heap.size() - 1);
  }
}

void deadline_queue::impl::run_handler(deadline& due) {
  remove(due);
  due.at_ = deadline::never;
  firing = &due;
  // Kept here while it runs: it may destroy its own deadline.
  auto handler = std::move(due.on_expiry_);
  handler();
  if (firing == &due) due.on_expiry_ = std::move(handler);
  firing = nullptr;
}

void deadline_queue::impl::fire() {
  armed_for = steady::time_point::max();
  const auto now = steady::now();
  // A handler that sets its deadline to the past runs in the next round, not in this one.
  std::size_t round = heap.size();
  for (put_front_right(); round > 0 && !heap.empty() && heap.front()->at_ <= now; --round) {
    run_handler(*heap.front());
    put_front_right();
  }
  arm();
}

void deadline_queue::impl::up(std::size_t i) {
  deadline* n = heap[i];
  while (i > 0 && n->key_ < heap[(i - 1) / 2]->key_) {
    place(heap[(i - 1) / 2], i);
    i = (i - 1) / 2;
  }
  place(n, i);
}

void deadline_queue::impl::down(std::size_t i) {
  deadline* n = heap[i];
  for (;;) {
    std::size_t child = 2 * i + 1;
    if (child >= heap.size()) break;
    if (child + 1 < heap.size() && heap[child + 1]->key_ < heap[child]->key_) ++child;
    if (heap[child]->key_ >= n->key_) break;
    place(heap[child], i);
    i = child;
  }
  place(n, i);
}

deadline_queue::deadline_queue(executor ex) : impl_(std::make_shared<impl>(ex)) {}

deadline_queue::~deadline_queue() {
  impl_->wake.reset();
}

void deadline_queue::rest() {
  impl_->forget_dropped();
  if (!impl_->heap.empty() || !impl_->wake) return;
  ++impl_->generation;
  impl_->armed_for = steady::time_point::max();
  impl_->wake->cancel();
}

deadline::deadline(deadline_queue& queue, std::function<void()> on_expiry)
    : queue_(queue.shared()), on_expiry_(std::move(on_expiry)) {}

deadline::~deadline() {
  queue_->remove(*this);
  if (queue_->firing == this) queue_->firing = nullptr;
}

void deadline::set(steady::time_point at) {
  queue_->put(*this, at);
}

void deadline::set_after(std::chrono::nanoseconds from_now) {
  set(steady::now() + from_now);
}

void deadline::drop() {
  at_ = never;
}

}  // namespace nearfar::providers
