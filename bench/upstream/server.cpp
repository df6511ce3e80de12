#include "bench/upstream/server.hpp"

#include "bench/wire/canned.hpp"
#include "bench/wire/socket.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <iterator>
#include <utility>

namespace nearfar::bench {
namespace {

constexpr std::size_t read_bytes = 256 * 1024;
constexpr std::uint64_t late_ns = 20'000'000;
constexpr std::string_view stream_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view last_chunk = "0\r\n\r\n";

std::string json_answer(std::string_view body) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                     body.size(), body);
}

void append_chunk(std::string& to, std::string_view event) {
  fmt::format_to(std::back_inserter(to), "{:x}\r\n{}\r\n", event.size(), event);
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

upstream_server::upstream_server(file_descriptor listener, int stop_signals, const upstream_options& options)
    : listener_(std::move(listener)),
      stop_signals_(stop_signals),
      options_(options),
      whole_answer_(json_answer(answer_body(options.answer_bytes))),
      buffer_(read_bytes) {
  loop_.add(listener_.get(), EPOLLIN);
  loop_.add(stop_signals_, EPOLLIN);
}

void upstream_server::run() {
  while (!stopping_) {
    for (const auto& event : loop_.wait()) {
      const int fd = event_loop::fd_of(event);
      if (fd == event_loop::timer) continue;
      if (fd == stop_signals_) stopping_ = true;
      if (fd == listener_.get()) accept_all();
      const auto found = peers_.find(fd);
      if (found == peers_.end()) continue;
      if ((event.events & EPOLLOUT) != 0) flush(*found->second);
      if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && peers_.contains(fd)) readable(*peers_[fd]);
    }
    run_ticks();
  }
}

void upstream_server::accept_all() {
  while (auto fd = accept_from(listener_)) {
    auto peer = std::make_unique<connection>();
    const int key = fd.get();
    peer->fd = std::move(fd);
    peer->serial = ++next_serial_;
    loop_.add(key, EPOLLIN);
    peers_[key] = std::move(peer);
  }
}

void upstream_server::readable(connection& peer) {
  const int fd = peer.fd.get();
  const auto got = recv(fd, buffer_.data(), buffer_.size(), 0);
  if (got < 0 && would_block()) return;
  if (got <= 0) return drop(fd);
  std::string_view input(buffer_.data(), static_cast<std::size_t>(got));
  while (!input.empty()) {
    const auto step = peer.reader.next(input);
    if (step == request_step::bad || (step == request_step::done && peer.streaming)) {
      ++counts_.bad;  // no pipelining behind a stream
      return drop(fd);
    }
    if (step == request_step::done) answer(peer);
    if (!peers_.contains(fd)) return;
  }
}

void upstream_server::answer(connection& peer) {
  if (peer.reader.get()) return send(peer, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  ++counts_.requests;
  counts_.body_bytes += peer.reader.body_bytes();
  if (peer.reader.stream()) return begin_stream(peer);
  send(peer, whole_answer_);
}

void upstream_server::begin_stream(connection& peer) {
  ++counts_.streams;
  peer.streaming = true;
  peer.next_chunk = 0;
  peer.due = now_ns() + options_.interval_ns;
  scratch_ = stream_head;
  append_chunk(scratch_, role_event());
  ticks_.push({peer.due, peer.serial, peer.fd.get()});
  send(peer, scratch_);
}

void upstream_server::stream_step(connection& peer, std::uint64_t now) {
  if (peer.next_chunk == options_.chunks) return end_stream(peer);
  if (now > peer.due + late_ns) ++counts_.late_events;
  thread_local std::string event;
  event.clear();
  append_content_event(event, peer.next_chunk, now_ns());
  scratch_.clear();
  append_chunk(scratch_, event);
  ++peer.next_chunk;
  ++counts_.events;
  // From the planned time, not from now: the rate holds even when this process is late once.
  peer.due += options_.interval_ns;
  ticks_.push({peer.due, peer.serial, peer.fd.get()});
  send(peer, scratch_);
}

void upstream_server::end_stream(connection& peer) {
  scratch_.clear();
  append_chunk(scratch_, finish_event());
  if (peer.reader.wants_usage()) append_chunk(scratch_, usage_event());
  append_chunk(scratch_, done_event());
  scratch_ += last_chunk;
  peer.streaming = false;
  send(peer, scratch_);
}

void upstream_server::run_ticks() {
  // Those of now only: a stream without interval must not starve the others.
  const auto now = now_ns();
  for (std::size_t left = ticks_.size(); left > 0 && ticks_.top().due <= now; --left) {
    const auto top = ticks_.top();
    ticks_.pop();
    const auto found = peers_.find(top.fd);
    if (found == peers_.end() || found->second->serial != top.serial) continue;
    stream_step(*found->second, now);
  }
  loop_.wake_at(ticks_.empty() ? 0 : ticks_.top().due);
}

void upstream_server::send(connection& peer, std::string_view bytes) {
  if (peer.unsent.empty()) {
    const auto done = ::send(peer.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (done < 0 && !would_block()) return drop(peer.fd.get());
    if (done > 0) bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  if (bytes.empty()) return;
  peer.unsent += bytes;
  if (!std::exchange(peer.waits_for_room, true)) loop_.change(peer.fd.get(), EPOLLIN | EPOLLOUT);
}

void upstream_server::flush(connection& peer) {
  const auto left = std::string_view(peer.unsent).substr(peer.sent);
  const auto done = ::send(peer.fd.get(), left.data(), left.size(), MSG_NOSIGNAL);
  if (done < 0 && !would_block()) return drop(peer.fd.get());
  if (done > 0) peer.sent += static_cast<std::size_t>(done);
  if (peer.sent < peer.unsent.size()) return;
  peer.unsent.clear();
  peer.sent = 0;
  peer.waits_for_room = false;
  loop_.change(peer.fd.get(), EPOLLIN);
}

void upstream_server::drop(int fd) {
  const auto found = peers_.find(fd);
  if (found == peers_.end()) return;
  if (found->second->streaming || !found->second->unsent.empty()) ++counts_.cut;
  peers_.erase(found);
}

}  // namespace nearfar::bench
