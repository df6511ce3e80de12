// Many deadlines, one timer. Setting, moving and dropping a deadline costs no system call in the
// common case: the one Asio timer per core is armed for the earliest and re-armed lazily. Moving one to
// later and dropping it are a store.
//
// One queue per core, used on that core's thread only. Nothing fires while no deadline is set (an
// idle gateway does not wake up, but for one time after the last deadline was dropped or moved).
#pragma once

#include "providers/io.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace nearfar::providers {

class deadline_queue {
 public:
  explicit deadline_queue(executor ex);
  ~deadline_queue();
  deadline_queue(const deadline_queue&) = delete;
  deadline_queue& operator=(const deadline_queue&) = delete;

  // Disarms the timer where no deadline is set, so that the io_context can run out of work. For the
  // end: the one lazy wake-up would otherwise hold it until the last dropped deadline's moment.
  void rest();

  struct impl;
  const std::shared_ptr<impl>& shared() const { return impl_; }

 private:
  std::shared_ptr<impl> impl_;
};

// One deadline. The handler runs on the core's thread, never inside set() or drop(), never after
// drop() returned or the object died. It may set the deadline again.
class deadline {
 public:
  deadline(deadline_queue& queue, std::function<void()> on_expiry);
  ~deadline();
  deadline(const deadline&) = delete;
  deadline& operator=(const deadline&) = delete;

  void set(std::chrono::steady_clock::time_point at);
  void set_after(std::chrono::nanoseconds from_now);
  void drop();
  bool is_set() const { return at_ != never; }

 private:
  friend class deadline_queue;
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
  static constexpr auto never = std::chrono::steady_clock::time_point::max();

  std::shared_ptr<deadline_queue::impl> queue_;
  std::chrono::steady_clock::time_point at_ = never;
  std::chrono::steady_clock::time_point key_;  // where it stands in the heap: no later than at_
  std::size_t place_ = nowhere;                // in the queue's heap
  std::function<void()> on_expiry_;
};

}  // namespace nearfar::providers
