// epoll and one timer, for one thread.
#pragma once

#include "bench/wire/file_descriptor.hpp"

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

namespace nearfar::bench {

// Nanoseconds of CLOCK_MONOTONIC: the same for every process of this machine, so that a stamp made by
// the upstream can be read by the load generator.
std::uint64_t now_ns();

class event_loop {
 public:
  static constexpr int timer = -2;  // `fd_of` of an event of the timer

  event_loop();
  bool usable() const { return epoll_ && timer_; }

  // Level triggered. `events` as in epoll_ctl(2).
  void add(int fd, std::uint32_t events);
  void change(int fd, std::uint32_t events);

  // Wakes wait() at this time (now_ns); zero switches it off.
  void wake_at(std::uint64_t when);

  // Blocks until something happened; empty after a signal.
  std::span<const epoll_event> wait();
  // The descriptor of an event, or `timer`.
  static int fd_of(const epoll_event& event) { return event.data.fd; }

 private:
  file_descriptor epoll_;
  file_descriptor timer_;
  std::uint64_t armed_ = 0;
  std::array<epoll_event, 512> events_{};
};

}  // namespace nearfar::bench
