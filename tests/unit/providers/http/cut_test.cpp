// Links that go down under connections. The peers are at 127.0.0.2, so that ours is another address.
#include "tests/unit/providers/http/loopback.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::test;
using routes::error_kind;

namespace {

constexpr const char* elsewhere = "127.0.0.2";

std::array<lost_path, 1> our_address(std::uint8_t last = 1) {
  net_address local;
  local.bytes = {127, 0, 0, last};
  return {lost_path{local, std::nullopt}};
}

task<void> answer_for_ever(peer p, int) {
  while (!(co_await p.read_request()).empty())
    co_await p.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
}

// A head and the first bytes of a body, then silence.
script begin(std::string text) {
  return [text = std::move(text)](peer p, int) {
    return [](peer q, std::string first) -> task<void> {
      (void)co_await q.read_request();
      if (!first.empty()) co_await q.send(first);
      co_await q.wait_for_close();
    }(std::move(p), text);
  };
}

int option(const exchange& x, int level, int name) {
  int value = 0;
  socklen_t size = sizeof(value);
  REQUIRE(::getsockopt(x.native_handle(), level, name, &value, &size) == 0);
  return value;
}

}  // namespace

TEST_CASE("a body is broken as soon as its link goes down, and what had come is kept", "[P1][P2]") {
  const bool sized = GENERATE_COPY(true, false);
  network n;
  // Without a length the end of the stream alone would look like the end of the body.
  const std::string head = sized ? "content-length: 100\r\n\r\n" : "connection: close\r\n\r\n";
  const auto to = n.serve(begin("HTTP/1.1 200 OK\r\n" + head + "first"), elsewhere);
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await x.open(o, reuse::allowed, 10s));
    REQUIRE(co_await send_text(x, get));
    REQUIRE(co_await x.read_head());
    const auto piece = co_await x.read_body();
    REQUIRE(piece);
    CHECK(*piece == "first");
    later(w, 5ms, [&w] { CHECK(w.connections.cut(our_address()) == 1); });
    const auto end = co_await x.read_body();
    REQUIRE(!end);
    CHECK(end.error().kind == error_kind::broken);
    CHECK(end.error().context == "the link went down within the body");
    CHECK(was_cut(end.error()));
    CHECK(!x.complete());
  }(n, to));
}

TEST_CASE("before an answer it is a reset, also on a reused connection", "[P1]") {
  network n;
  const auto to = n.serve(
      [](peer p, int) -> task<void> {
        (void)co_await p.read_request();
        co_await p.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
        co_await p.wait_for_close();
        co_await p.wait_for_close();
      },
      elsewhere);
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await ask(x, o, reuse::allowed));
    REQUIRE(co_await x.open(o, reuse::allowed, 10s));
    REQUIRE(x.reused());
    REQUIRE(co_await send_text(x, "G"));
    later(w, 5ms, [&w] { w.connections.cut(our_address()); });
    const auto head = co_await x.read_head();
    REQUIRE(!head);
    CHECK(head.error().kind == error_kind::reset);
    CHECK(head.error().context == "the link went down before an answer");
  }(n, to));
}

TEST_CASE("idle connections of a lost link are dropped, those of another stay", "[P1]") {
  network n;
  const auto to = n.serve(answer_for_ever, elsewhere);
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await ask(x, o, reuse::allowed));
    CHECK(w.connections.cut(our_address(77)) == 0);
    CHECK(w.connections.idle() == 1);
    auto spared = our_address();
    spared[0].spared_prefix = 8;
    CHECK(w.connections.cut(spared) == 0);
    CHECK(w.connections.idle() == 1);
    CHECK(w.connections.cut(our_address()) == 1);
    CHECK(w.connections.idle() == 0);
    CHECK(w.connections.counters().cut == 1);
    REQUIRE(co_await ask(x, o, reuse::allowed));
  }(n, to));
}

TEST_CASE("a connection to the machine's own address outlives every link") {
  network n;
  const auto to = n.serve(answer_for_ever);
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await ask(x, o, reuse::allowed));
    CHECK(w.connections.cut(our_address()) == 0);
    CHECK(w.connections.idle() == 1);
  }(n, to));
}

TEST_CASE("a silent peer is probed while a stream is open, and never an idle connection", "[P8]") {
  network n;
  const auto to = n.serve(
      [](peer p, int) -> task<void> {
        const char* events =
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 4\r\n\r\nda";
        (void)co_await p.read_request();
        co_await p.send(events);
        (void)co_await p.read_request();
        co_await p.send("ta");
        co_await p.wait_for_close();
      },
      elsewhere);
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await x.open(o, reuse::allowed, 10s));
    CHECK(option(x, IPPROTO_TCP, TCP_USER_TIMEOUT) == 20'000);
    CHECK(option(x, IPPROTO_TCP, TCP_KEEPIDLE) == 10);
    CHECK(option(x, SOL_SOCKET, SO_KEEPALIVE) == 0);
    REQUIRE(co_await send_text(x, get));
    REQUIRE(co_await x.read_head());
    CHECK(option(x, SOL_SOCKET, SO_KEEPALIVE) == 1);
    // The rest of the body comes for the second head; it is one answer to us.
    REQUIRE(co_await send_text(x, get));
    REQUIRE(co_await read_all(x));
    const int fd = x.native_handle();
    x.finish();
    REQUIRE(w.connections.idle() == 1);
    int value = 1;
    socklen_t size = sizeof(value);
    REQUIRE(::getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &size) == 0);
    CHECK(value == 0);
  }(n, to));
}

TEST_CASE("the kernel's measurement of a path tells a slow one") {
  network n;
  const auto to = n.serve(answer_for_ever, elsewhere);
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    CHECK(!w.connections.path_to(o).has_value());
    REQUIRE(co_await ask(x, o, reuse::allowed));
    const auto path = w.connections.path_to(o);
    REQUIRE(path.has_value());
    CHECK(path->sent > 0);
    CHECK(!path->is_slow());
  }(n, to));
  CHECK(tcp_path{.round_trip = 800ms}.is_slow());
  CHECK(tcp_path{.sent = 50, .repeated = 5}.is_slow());
  CHECK(!tcp_path{.sent = 49, .repeated = 40}.is_slow());
  CHECK(tcp_path{.unanswered_repeats = 2}.is_slow());
}

TEST_CASE("who asked for a spare is told how that went") {
  network n;
  auto to = n.serve(answer_for_ever);
  n.run([](network& w, origin o) -> task<void> {
    int made = 0;
    std::string why;
    const auto told = [&](const routes::error* failed) {
      if (failed == nullptr) ++made;
      if (failed != nullptr) why = failed->context;
    };
    w.connections.open_spare(o, told);
    while (made == 0) co_await nap(w, 1ms);
    CHECK(w.connections.idle() == 1);
    o.port = 9;
    w.connections.open_spare(o, told);
    while (why.empty()) co_await nap(w, 1ms);
    CHECK(why.find("refused") != std::string::npos);
  }(n, to));
}
