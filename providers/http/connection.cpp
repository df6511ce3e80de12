#include "providers/http/connection.hpp"

#include <boost/container/small_vector.hpp>

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace nearfar::providers {
namespace {

using boost::system::error_code;

error_code last_error() {
  return {errno, boost::system::system_category()};
}

// What the socket takes right now; 0 when its buffer is full.
boost::system::result<std::size_t> send_now(int fd, std::span<const asio::const_buffer> pieces) {
  std::array<iovec, 16> parts;
  const std::size_t count = std::min(pieces.size(), parts.size());
  for (std::size_t i = 0; i < count; ++i) {
    parts[i].iov_base = const_cast<void*>(pieces[i].data());
    parts[i].iov_len = pieces[i].size();
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = count;
  for (;;) {
    const ssize_t n = ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::size_t{0};
    if (errno != EINTR) return last_error();
  }
}

class plain_connection final : public connection {
 public:
  explicit plain_connection(stream_socket socket) : socket_(std::move(socket)) {}

  task<boost::system::result<std::size_t>> read_some(std::size_t at_most) override;
  task<boost::system::result<void>> write(std::span<const asio::const_buffer> pieces,
                                          std::size_t done) override;
  stream_socket* plain_socket() override { return &socket_; }
  boost::system::result<std::size_t> write_now(std::span<const asio::const_buffer> pieces) override {
    return send_now(socket_.native_handle(), pieces);
  }

  void cancel() override {
    error_code ignored;
    socket_.cancel(ignored);
  }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }
  bool alive() override { return look_at_idle(socket_.native_handle()) == idle_state::quiet; }
  int native_handle() override { return socket_.native_handle(); }

 private:
  stream_socket socket_;
};

// Asio tries a receive before it waits; a wait for readiness instead would cost an epoll_ctl, which is
// dearer.
task<boost::system::result<std::size_t>> plain_connection::read_some(std::size_t at_most) {
  const auto room = input_.prepare(at_most);
  const auto [ec, n] = co_await socket_.async_read_some(room, use_result);
  input_.commit(n);
  if (ec == asio::error::eof) co_return std::size_t{0};
  if (ec) co_return ec;
  co_return n;
}

task<boost::system::result<void>> plain_connection::write(std::span<const asio::const_buffer> pieces,
                                                          std::size_t sent) {
  boost::container::small_vector<asio::const_buffer, 8> left(pieces.begin(), pieces.end());
  for (;;) {
    std::size_t whole = 0;
    while (whole < left.size() && sent >= left[whole].size()) sent -= left[whole++].size();
    left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(whole));
    if (left.empty()) co_return boost::system::result<void>();
    left.front() += sent;
    const std::span<const asio::const_buffer> rest(left.data(), left.size());
    const auto [ec, n] = co_await socket_.async_write_some(rest, use_result);
    if (ec) co_return ec;
    sent = n;
  }
}

}  // namespace

// Not a cancel: what the socket holds is still read before the end, and what begins later ends as well.
void connection::on_cut() {
  ::shutdown(native_handle(), SHUT_RDWR);
}

connection_ptr make_plain_connection(stream_socket socket) {
  return std::make_unique<plain_connection>(std::move(socket));
}

idle_state look_at_idle(int native_handle) {
  char byte;
  const ssize_t n = ::recv(native_handle, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n > 0) return idle_state::readable;
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return idle_state::quiet;
  return idle_state::closed;
}

}  // namespace nearfar::providers
