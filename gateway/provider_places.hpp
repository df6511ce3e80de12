// The places of one provider (`concurrent`) and the line of queries that wait for one (`queue`).
//
// A place that falls free goes to the head of the line at once: nobody who comes later can take it, and
// nobody looks again and again. Not thread safe: the registry holds its lock around every call.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace nearfar::gateway {

class provider_places;

// One query, in the lines of one or several providers. Shared by those lines and the query.
struct queue_waiter {
  std::function<void()> wake;          // called once, with the registry's lock held, from any thread
  provider_places* granted = nullptr;  // a place is kept there
  std::vector<provider_places*> lines;
};

class provider_places {
 public:
  void take() { ++in_flight_; }
  // The query that had a place has ended: the next in line gets it, if there is one.
  void leave();

  unsigned in_flight() const { return in_flight_; }
  std::size_t waiting() const { return line_.size(); }

  // At the end of the line; with a place free (of `limit`) it is granted at once.
  void enlist(const std::shared_ptr<queue_waiter>& who, unsigned limit);
  // Out of every line. A place that was granted stays with the waiter.
  static void withdraw(queue_waiter& who);

 private:
  struct in_line {
    std::shared_ptr<queue_waiter> who;
    unsigned limit;  // of the policy that the query began with
  };
  void hand_on();

  unsigned in_flight_ = 0;
  std::deque<in_line> line_;
};

}  // namespace nearfar::gateway
