// A scripted peer on a real loopback socket, inside the test's own event loop.
#pragma once

#include "providers/http/exchange.hpp"
#include "tests/unit/providers/http/print_result.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <catch2/catch_test_macros.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearfar::providers::test {

using namespace std::chrono_literals;

// The server's end of one connection.
class peer {
 public:
  explicit peer(stream_socket s) : socket_(std::move(s)) {}

  // A head without its blank line; empty at the end of the stream.
  task<std::string> read_request() {
    const auto [ec, n] =
        co_await asio::async_read_until(socket_, asio::dynamic_buffer(in_), "\r\n\r\n", use_result);
    if (ec) co_return std::string();
    std::string head = in_.substr(0, n - 4);
    in_.erase(0, n);
    co_return head;
  }

  task<std::string> read_exactly(std::size_t size) {
    const std::size_t had = std::min(in_.size(), size);
    in_.resize(size);
    const auto whole = asio::buffer(in_) + had;
    const auto [ec, n] = co_await asio::async_read(socket_, whole, use_result);
    in_.resize(had + n);
    co_return std::exchange(in_, {});
  }

  task<void> send(std::string text) {
    (void)co_await asio::async_write(socket_, asio::buffer(text), use_result);
  }

  // In two parts that arrive one after the other.
  task<void> send_split(std::string text, std::size_t at) {
    co_await send(text.substr(0, at));
    timer pause(socket_.get_executor(), 200us);
    (void)co_await pause.async_wait(use_result);
    co_await send(text.substr(at));
  }

  task<void> wait_for_close() {
    char byte;
    (void)co_await socket_.async_read_some(asio::buffer(&byte, 1), use_result);
  }

  stream_socket take() { return std::move(socket_); }
  void close() { socket_.close(); }
  void reset() {
    const linger now{1, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    socket_.close();
  }

 private:
  stream_socket socket_;
  std::string in_;
};

// `number` counts connections from 1.
using script = std::function<task<void>(peer, int number)>;

inline std::chrono::nanoseconds& slept() {
  static std::chrono::nanoseconds time{0};
  return time;
}

struct network {
  explicit network(pool_limits limits = {}, resolver::look_up how = no_look_up)
      : names(std::move(how)),
        connections(io.get_executor(), deadlines, names, tls, limits, clocks{boot, steady}) {
    slept() = 0s;
  }

  static routes::result<resolver::endpoints> no_look_up(const std::string& host) {
    return routes::make_error(routes::error_kind::dns, "look up " + host + ": not in this test");
  }

  asio::io_context io{1};
  deadline_queue deadlines{io.get_executor()};
  resolver names;
  tls_contexts tls;
  pool connections;
  int accepted = 0;

  origin serve(script f, const char* at = "127.0.0.1") {
    using asio::ip::tcp;
    tcp::acceptor listening(io, tcp::endpoint(asio::ip::make_address(at), 0));
    const std::string url =
        "http://" + std::string(at) + ":" + std::to_string(listening.local_endpoint().port());
    providers::spawn(io, accept_on<tcp>(this, std::move(listening), std::move(f)), rethrow);
    return *parse_origin(url);
  }

  origin serve_unix(const std::string& path, script f) {
    using local = asio::local::stream_protocol;
    local::acceptor listening(io, local::endpoint(path));
    providers::spawn(io, accept_on<local>(this, std::move(listening), std::move(f)), rethrow);
    return *parse_origin("unix:" + path);
  }

  // Runs one coroutine to its end.
  void run(task<void> test) {
    bool ended = false;
    providers::spawn(io, std::move(test), [&](std::exception_ptr e) {
      ended = true;
      io.stop();
      if (e) std::rethrow_exception(e);
    });
    io.run_for(20s);
    io.restart();
    REQUIRE(ended);
  }

 private:
  static routes::instant boot() { return routes::instant(steady() + slept()); }
  static std::chrono::nanoseconds steady() { return std::chrono::steady_clock::now().time_since_epoch(); }
  static void rethrow(std::exception_ptr e) {
    if (e) std::rethrow_exception(e);
  }

  template <class Protocol>
  static task<void> accept_on(network* self, typename Protocol::acceptor listening, script f) {
    for (;;) {
      auto [ec, socket] = co_await listening.async_accept(use_result);
      if (ec) co_return;
      const auto protocol = socket.local_endpoint().protocol();
      stream_socket general(self->io.get_executor(), protocol, socket.release());
      providers::spawn(self->io, f(peer(std::move(general)), ++self->accepted), rethrow);
    }
  }
};

inline void later(network& n, std::chrono::milliseconds after, std::function<void()> f) {
  auto t = std::make_shared<timer>(n.io.get_executor(), after);
  t->async_wait([t, f](boost::system::error_code) { f(); });
}

inline task<void> nap(network& n, std::chrono::milliseconds time) {
  timer t(n.io.get_executor(), time);
  (void)co_await t.async_wait(use_result);
}

inline constexpr std::string_view get = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

inline task<routes::result<void>> send_text(exchange& x, std::string_view text) {
  const asio::const_buffer one(text.data(), text.size());
  co_return co_await x.send({&one, 1});
}

// The whole body, or the error that ended it.
inline task<routes::result<std::string>> read_all(exchange& x) {
  std::string all;
  for (;;) {
    const auto piece = co_await x.read_body();
    if (!piece) co_return piece.error();
    all += *piece;
    if (piece->empty() && x.complete()) co_return all;
  }
}

// One whole exchange; the status line's code and the body.
inline task<routes::result<std::pair<int, std::string>>> ask(exchange& x, const origin& to, reuse how) {
  const auto opened = co_await x.open(to, how, 2s);
  if (!opened) co_return opened.error();
  const auto sent = co_await send_text(x, get);
  if (!sent) co_return sent.error();
  const auto head = co_await x.read_head();
  if (!head) co_return head.error();
  const int status = (*head)->status;
  const auto body = co_await read_all(x);
  if (!body) co_return body.error();
  x.finish();
  co_return std::pair(status, *body);
}

}  // namespace nearfar::providers::test
