#include "bench/wire/event_loop.hpp"

#include <sys/timerfd.h>

#include <cstddef>
#include <ctime>

namespace nearfar::bench {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

}  // namespace

std::uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * second + static_cast<std::uint64_t>(now.tv_nsec);
}

event_loop::event_loop()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)),
      timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  if (!usable()) return;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = timer;
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), &event);
}

void event_loop::add(int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
}

void event_loop::change(int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void event_loop::wake_at(std::uint64_t when) {
  if (when == armed_) return;
  armed_ = when;
  itimerspec spec{};
  spec.it_value.tv_sec = static_cast<time_t>(when / second);
  spec.it_value.tv_nsec = static_cast<long>(when % second);
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

std::span<const epoll_event> event_loop::wait() {
  const int count = epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), -1);
  if (count <= 0) return {};
  const std::span<const epoll_event> ready(events_.data(), static_cast<std::size_t>(count));
  for (const auto& event : ready) {
    if (fd_of(event) != timer) continue;
    std::uint64_t expirations = 0;
    // A one-shot timer: after it fired, the same time may be set anew.
    if (read(timer_.get(), &expirations, sizeof expirations) > 0) armed_ = 0;
  }
  return ready;
}

}  // namespace nearfar::bench
