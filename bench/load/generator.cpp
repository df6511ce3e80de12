#include "bench/load/generator.hpp"

#include "bench/wire/socket.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

namespace nearfar::bench {
namespace {

constexpr std::size_t read_bytes = 256 * 1024;
constexpr std::uint64_t hopeless = 100;  // failed connects after which nothing more is started
constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

std::uint64_t to_ns(double seconds) {
  return static_cast<std::uint64_t>(seconds * 1e9);
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

struct load_generator::connection {
  explicit connection(const expected_answer& expected) : check(expected) {}

  file_descriptor fd;
  response_reader reader;
  answer_check check;
  std::size_t sent = 0;
  std::uint64_t intended = 0;
  std::uint32_t watched = 0;
  bool busy = false;
};

load_generator::load_generator(const load_options& options) : options_(options), buffer_(read_bytes) {}

load_generator::~load_generator() = default;

load_report load_generator::run() {
  for (std::uint32_t i = 0; i < options_.connections; ++i) {
    auto& at = *connections_.emplace_back(std::make_unique<connection>(options_.expected));
    if (!open(at)) return std::move(report_);
    idle_.push_back(&at);
  }
  // The last one in is the first one out: begin with the first.
  std::ranges::reverse(idle_);
  start_ = now_ns();
  stop_ = start_ + to_ns(options_.seconds);
  const auto last = stop_ + to_ns(options_.grace_seconds);
  for (auto now = start_; now < last; now = now_ns()) {
    start_due(now);
    if (in_flight_ == 0 && !may_start()) break;
    loop_.wake_at(std::min({next_due(), now < stop_ ? stop_ : last, last}));
    for (const auto& event : loop_.wait()) {
      const auto found = by_fd_.find(event_loop::fd_of(event));
      if (found == by_fd_.end()) continue;
      auto& at = *found->second;
      if ((event.events & EPOLLOUT) != 0) write_some(at);
      if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0 && at.fd) readable(at);
    }
  }
  report_.counts.unanswered = in_flight_ + backlog_.size();
  report_.seconds = static_cast<double>(now_ns() - start_) / 1e9;
  return std::move(report_);
}

bool load_generator::may_start() const {
  if (!backlog_.empty() && stop_ != 0) return true;
  return (options_.requests == 0 || planned_ < options_.requests) && now_ns() < stop_;
}

bool load_generator::open(connection& at) {
  ++report_.counts.connects;
  std::string why;
  at.fd = connect_to(options_.address, why);
  if (!at.fd) {
    ++report_.counts.failed_connects;
    if (report_.first_error.empty()) report_.first_error = why;
    if (report_.counts.failed_connects >= hopeless) stop_ = 0;
    return false;
  }
  at.watched = EPOLLIN;
  by_fd_[at.fd.get()] = &at;
  loop_.add(at.fd.get(), EPOLLIN);
  return true;
}

std::uint64_t load_generator::next_due() const {
  if (options_.requests != 0 && planned_ >= options_.requests) return never;
  const auto number = static_cast<double>(planned_);
  if (options_.rate > 0) return start_ + to_ns(number / options_.rate);
  // Closed loop: the schedule releases the first request of each connection, answers release the rest.
  if (planned_ >= options_.connections) return never;
  return start_ + to_ns(number * options_.spread_seconds / static_cast<double>(options_.connections));
}

void load_generator::start_due(std::uint64_t now) {
  for (auto due = next_due(); due <= now && due < stop_; due = next_due()) {
    ++planned_;
    // Latency counts from the intended time: a slow server cannot hide behind a late request.
    backlog_.push_back(options_.rate > 0 ? due : now);
  }
  while (!backlog_.empty() && !idle_.empty() && stop_ != 0) {
    auto& at = *idle_.back();
    idle_.pop_back();
    const auto intended = backlog_.front();
    backlog_.pop_front();
    begin(at, intended);
  }
}

void load_generator::begin(connection& at, std::uint64_t intended) {
  at.busy = true;
  at.intended = intended;
  at.sent = 0;
  at.reader.reset();
  at.check.begin();
  ++report_.counts.started;
  report_.most_open = std::max(report_.most_open, ++in_flight_);
  if (!at.fd && !open(at)) return fail(at, report_.counts.broken);
  write_some(at);
}

void load_generator::write_some(connection& at) {
  while (at.busy && at.sent < options_.request.size()) {
    const auto left = std::string_view(options_.request).substr(at.sent);
    const auto done = send(at.fd.get(), left.data(), left.size(), MSG_NOSIGNAL);
    if (done < 0 && !would_block()) return fail(at, report_.counts.broken);
    if (done < 0) return watch(at, EPOLLIN | EPOLLOUT);
    at.sent += static_cast<std::size_t>(done);
  }
  watch(at, EPOLLIN);
}

void load_generator::watch(connection& at, std::uint32_t events) {
  if (at.watched == events) return;
  at.watched = events;
  loop_.change(at.fd.get(), events);
}

void load_generator::readable(connection& at) {
  const auto got = recv(at.fd.get(), buffer_.data(), buffer_.size(), 0);
  if (got < 0 && would_block()) return;
  if (got > 0 && at.busy) return take(at, {buffer_.data(), static_cast<std::size_t>(got)}, now_ns());
  if (at.busy) return fail(at, report_.counts.broken);
  // Closed while idle, as any keep-alive server may; bytes that nobody asked for are an error.
  if (got > 0) ++report_.counts.broken;
  by_fd_.erase(at.fd.get());
  at.fd.close();
}

void load_generator::take(connection& at, std::string_view input, std::uint64_t now) {
  if (!at.reader.begun()) report_.first_byte.add(now - std::min(now, at.intended));
  for (;;) {
    std::string_view piece;
    const auto step = at.reader.next(input, piece);
    if (step == response_step::bad) return fail(at, report_.counts.broken);
    if (step == response_step::more) return;
    if (step == response_step::done) break;
    if (at.reader.status() == 200) {
      at.check.feed(piece, now, report_.held);
    } else if (report_.first_error.empty()) {
      report_.first_error = std::to_string(at.reader.status()) + " " + std::string(piece.substr(0, 400));
    }
  }
  if (!input.empty() || at.sent < options_.request.size()) return fail(at, report_.counts.broken);
  finish(at, now);
}

void load_generator::finish(connection& at, std::uint64_t now) {
  if (at.reader.status() != 200) return fail(at, report_.counts.wrong_status);
  if (!at.check.whole()) return fail(at, report_.counts.wrong_content);
  ++report_.counts.good;
  report_.counts.events += at.check.content_events();
  report_.whole.add(now - std::min(now, at.intended));
  if (at.reader.close()) {
    by_fd_.erase(at.fd.get());
    at.fd.close();
  }
  rest_or_go_on(at);
}

void load_generator::fail(connection& at, std::uint64_t& counter) {
  ++counter;
  if (at.fd) by_fd_.erase(at.fd.get());
  at.fd.close();
  rest_or_go_on(at);
}

void load_generator::rest_or_go_on(connection& at) {
  at.busy = false;
  --in_flight_;
  idle_.push_back(&at);
  // Not started from here: a server that refuses everything would recurse.
  if (options_.rate == 0 && planned_ >= options_.connections && may_start()) {
    ++planned_;
    backlog_.push_back(now_ns());
  }
}

}  // namespace nearfar::bench
