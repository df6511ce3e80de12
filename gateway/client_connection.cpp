#include "gateway/client_connection.hpp"

#include "gateway/core.hpp"
#include "providers/os/clock.hpp"

#include <boost/asio/buffer.hpp>

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace nearfar::gateway {

namespace {

namespace asio = providers::asio;

// Most requests fit; measured 2.5 times slower when the buffer grows from nothing on every request.
constexpr std::size_t input_size = 64 * 1024;
constexpr std::size_t read_size = 16 * 1024;
constexpr std::chrono::minutes slow_client{2};
constexpr std::size_t gather = 16;
constexpr std::chrono::seconds linger_time{1};
constexpr std::chrono::milliseconds watch_after{20};
constexpr std::size_t linger_bytes = 256 * 1024;

// One sendmsg without waiting. -1: look at errno.
ssize_t send_some(int socket, std::span<const asio::const_buffer> pieces, std::size_t skip) {
  std::array<iovec, gather> vectors;
  std::size_t used = 0;
  for (const auto& piece : pieces) {
    if (used == vectors.size()) break;
    if (skip >= piece.size()) {
      skip -= piece.size();
      continue;
    }
    vectors[used].iov_base = const_cast<char*>(static_cast<const char*>(piece.data())) + skip;
    vectors[used].iov_len = piece.size() - skip;
    skip = 0;
    ++used;
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = used;
  return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

client_connection::client_connection(core& on, providers::stream_socket socket,
                                     std::shared_ptr<const listen_address> from)
    : core_(on),
      socket_(std::move(socket)),
      from_(std::move(from)),
      clock_(on.deadlines,
             [this] {
               timed_out_ = true;
               boost::system::error_code ignored;
               socket_.cancel(ignored);
             }),
      patience_(on.deadlines, [this] {
        if (on_gone_ && !waiting_) wait_for_news();
      }) {
  input_.reserve(input_size);
  core_.connections.insert(this);
  core_.metrics.connections.add();
  core_.metrics.open_connections.add();
}

client_connection::~client_connection() {
  core_.connections.erase(this);
  core_.metrics.open_connections.subtract();
}

asio::mutable_buffer client_connection::read_room() {
  if (timed_out_ || gone_) return {};
  return input_.prepare(read_size);
}

bool client_connection::took(const boost::system::error_code& ec, std::size_t got) {
  if (ec || got == 0) return false;
  input_.commit(got);
  return true;
}

providers::task<bool> client_connection::read_more() {
  const auto room = read_room();
  if (room.size() == 0) co_return false;
  const auto [ec, got] = co_await socket_.async_read_some(room, providers::use_result);
  co_return took(ec, got);
}

providers::task<bool> client_connection::read_into(char* to, std::size_t size, std::size_t& got) {
  if (timed_out_ || gone_) co_return false;
  const asio::mutable_buffer room(to, size);
  auto [ec, count] = co_await socket_.async_read_some(room, providers::use_result);
  got = count;
  co_return !ec && count > 0;
}

bool client_connection::write_at_once(std::span<const asio::const_buffer> pieces) {
  if (gone_ || timed_out_) return false;
  const ssize_t sent = send_some(socket_.native_handle(), pieces, 0);
  if (sent < 0) return false;  // an error comes again, to be told by write
  const auto count = static_cast<std::size_t>(sent);
  const bool all = count == asio::buffer_size(pieces);
  written_ = all ? 0 : count;
  return all;
}

providers::task<bool> client_connection::write(std::span<const asio::const_buffer> pieces) {
  std::size_t done = std::exchange(written_, 0);
  std::size_t left = asio::buffer_size(pieces) - done;
  while (left > 0) {
    if (gone_ || timed_out_) co_return false;
    // Nearly always the socket's buffer has room: no need to go through the reactor for it.
    const ssize_t sent = send_some(socket_.native_handle(), pieces, done);
    if (sent >= 0) {
      done += static_cast<std::size_t>(sent);
      left -= static_cast<std::size_t>(sent);
      continue;
    }
    if (!would_block(errno)) {
      gone_ = true;
      co_return false;
    }
    clock(slow_client);
    auto [ec] = co_await socket_.async_wait(providers::stream_socket::wait_write, providers::use_result);
    stop_clock();
    if (ec) co_return false;
  }
  co_return true;
}

bool client_connection::write_now(std::string_view bytes) {
  if (gone_) return false;
  const asio::const_buffer one(bytes.data(), bytes.size());
  const ssize_t sent = send_some(socket_.native_handle(), std::span(&one, 1), 0);
  if (sent == static_cast<ssize_t>(bytes.size())) return true;
  // Half of a frame is out: nothing sensible can follow it.
  if (sent > 0 || (sent < 0 && !would_block(errno))) abort();
  return false;
}

void client_connection::clock(std::chrono::milliseconds from_now) {
  clock_.set(providers::about_now() + from_now);
}

void client_connection::stop_clock() {
  clock_.drop();
}

void client_connection::watch(std::function<void()> on_gone) {
  on_gone_ = std::move(on_gone);
  patience_.set(providers::about_now() + watch_after);
}

void client_connection::unwatch() {
  on_gone_ = nullptr;
  patience_.drop();
}

void client_connection::wait_for_news() {
  waiting_ = true;
  socket_.async_wait(providers::stream_socket::wait_read,
                     [self = shared_from_this()](boost::system::error_code) {
                       self->waiting_ = false;
                       // Left over from a watch that ended: the session's own read sees what came.
                       if (self->on_gone_) self->look();
                     });
}

void client_connection::look() {
  char byte = 0;
  const ssize_t got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got > 0) return;  // a pipelined request: from here on its sender counts as present
  if (got < 0 && would_block(errno)) {
    wait_for_news();
    return;
  }
  gone_ = true;
  const auto tell = std::exchange(on_gone_, nullptr);
  tell();
}

providers::task<void> client_connection::close_gently(unread rest) {
  boost::system::error_code ignored;
  socket_.shutdown(providers::stream_socket::shutdown_send, ignored);
  if (rest == unread::some && !gone_ && !timed_out_) {
    clock(linger_time);
    std::size_t left = linger_bytes;
    std::array<char, 4096> sink;
    while (left > 0) {
      std::size_t got = 0;
      if (!co_await read_into(sink.data(), std::min(left, sink.size()), got)) break;
      left -= got;
    }
  }
  // Also ends a leftover wait, which would keep the socket open for as long as the client likes.
  on_gone_ = nullptr;
  socket_.close(ignored);
}

void client_connection::abort() {
  gone_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
  const auto tell = std::exchange(on_gone_, nullptr);
  if (tell) tell();
}

}  // namespace nearfar::gateway
