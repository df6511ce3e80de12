#include "providers/http/pool.hpp"

#include "tests/unit/providers/http/loopback.hpp"

#include <boost/asio/ip/address.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <iterator>
#include <optional>
#include <thread>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::test;
using asio::ip::tcp;
using routes::error_kind;

namespace {

task<void> answer_for_ever(peer p, int) {
  while (!(co_await p.read_request()).empty()) {
    co_await p.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
  }
}

// An address that never answers a SYN: a listener whose queue is full.
class black_hole {
 public:
  explicit black_hole(const char* address = "127.0.0.1", std::uint16_t port = 0) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    ::inet_pton(AF_INET, address, &at.sin_addr);
    listening_ = ::socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(::bind(listening_, reinterpret_cast<sockaddr*>(&at), sizeof(at)) == 0);
    REQUIRE(::listen(listening_, 0) == 0);
    socklen_t size = sizeof(at);
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    for (int& fd : waiting_) {
      fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      (void)::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof(at));
    }
  }
  ~black_hole() {
    for (const int fd : waiting_) ::close(fd);
    ::close(listening_);
  }
  black_hole(const black_hole&) = delete;
  black_hole& operator=(const black_hole&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  int listening_ = -1;
  int waiting_[4] = {-1, -1, -1, -1};
  std::uint16_t port_ = 0;
};

std::ptrdiff_t open_files() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

tcp::endpoint address(const char* text) {
  return {asio::ip::make_address(text), 0};
}

origin at_name(std::uint16_t port) {
  return *parse_origin("http://provider.test:" + std::to_string(port));
}

// A look-up that blocks until it is let go.
struct held_look_up {
  std::promise<void> go;
  std::shared_future<void> gone = go.get_future().share();
  std::atomic<int> asked{0};

  resolver::look_up how() {
    return [this](const std::string&) -> routes::result<resolver::endpoints> {
      ++asked;
      gone.wait();
      return resolver::endpoints{address("127.0.0.1")};
    };
  }
};

}  // namespace

TEST_CASE("idle connections are closed when their time is over, without polling", "[P8]") {
  pool_limits limits;
  limits.idle_time = 400ms;
  network n(limits);
  const origin to = n.serve(answer_for_ever);
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    exchange y(w.connections, w.deadlines);
    REQUIRE(co_await x.open(o, reuse::allowed, 2s));
    REQUIRE(co_await ask(y, o, reuse::allowed));
    co_await nap(w, 100ms);
    REQUIRE(co_await send_text(x, get));
    REQUIRE(co_await x.read_head());
    REQUIRE(co_await read_all(x));
    x.finish();
    CHECK(w.connections.idle() == 2);
    for (int i = 0; i < 1000 && w.connections.idle() == 2; ++i) co_await nap(w, 5ms);
    CHECK(w.connections.idle() == 1);
    for (int i = 0; i < 1000 && w.connections.idle() == 1; ++i) co_await nap(w, 5ms);
    CHECK(w.connections.idle() == 0);
  }(n, to));
}

TEST_CASE("no more connections idle than the limit, and the newest stay") {
  pool_limits limits;
  limits.idle_per_origin = 2;
  network n(limits);
  const origin to = n.serve(answer_for_ever);
  n.run([](network& w, origin o) -> task<void> {
    std::vector<connection_ptr> open;
    for (int i = 0; i < 3; ++i) {
      auto c = co_await w.connections.acquire(o, reuse::fresh_only, 2s);
      REQUIRE(c);
      open.push_back(std::move(*c));
    }
    const int newest = open.back()->native_handle();
    for (auto& c : open) w.connections.release(std::move(c));
    CHECK(w.connections.idle() == 2);
    CHECK(w.connections.take_idle(o)->native_handle() == newest);
  }(n, to));
}

TEST_CASE("origins that differ in port, scheme or trust share no connection, base paths do") {
  network n;
  const origin to = n.serve(answer_for_ever);
  n.run([](network& w, origin o) -> task<void> {
    auto c = co_await w.connections.acquire(o, reuse::allowed, 2s);
    REQUIRE(c);
    w.connections.release(std::move(*c));
    origin other = o;
    other.kind = transport::tls;
    CHECK(!w.connections.take_idle(other));
    other = o;
    other.ca_file = "/x";
    CHECK(!w.connections.take_idle(other));
    other = o;
    ++other.port;
    CHECK(!w.connections.take_idle(other));
    other = o;
    other.base_path = "/api";
    CHECK(w.connections.take_idle(other));
  }(n, to));
}

TEST_CASE("after a suspend no idle connection is used", "[P1]") {
  network n;
  const origin to = n.serve(answer_for_ever);
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await ask(x, o, reuse::allowed));
    slept() += 10s;
    REQUIRE(co_await ask(x, o, reuse::allowed));
    CHECK(w.connections.counters().dropped_after_suspend == 1);
    CHECK(w.connections.counters().reused == 0);
    CHECK(w.accepted == 2);
    REQUIRE(co_await ask(x, o, reuse::allowed));
    CHECK(w.connections.counters().reused == 1);
  }(n, to));
}

TEST_CASE("a spare connection waits for the next query, and there is only one") {
  network n;
  const origin to = n.serve(answer_for_ever);
  n.run([](network& w, origin o) -> task<void> {
    w.connections.open_spare(o);
    w.connections.open_spare(o);
    for (int i = 0; i < 200 && w.connections.idle() == 0; ++i) co_await nap(w, 1ms);
    w.connections.open_spare(o);
    co_await nap(w, 10ms);
    CHECK(w.connections.idle() == 1);
    CHECK(w.accepted == 1);
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await ask(x, o, reuse::allowed));
    CHECK(w.connections.counters().connects == 1);
    CHECK(w.connections.counters().reused == 1);
  }(n, to));
}

TEST_CASE("a spare that the server gave up is stale and not a failure", "[P1]") {
  network n;
  const origin to = n.serve([](peer p, int) -> task<void> {
    co_await p.read_request();
    p.close();
  });
  n.run([](network& w, origin o) -> task<void> {
    w.connections.open_spare(o);
    for (int i = 0; i < 200 && w.connections.idle() == 0; ++i) co_await nap(w, 1ms);
    exchange x(w.connections, w.deadlines);
    const auto got = co_await ask(x, o, reuse::allowed);
    REQUIRE(!got);
    CHECK(got.error().kind == error_kind::stale);
  }(n, to));
}

TEST_CASE("a pool may die while a spare is on its way") {
  black_hole hole;
  asio::io_context io{1};
  deadline_queue deadlines(io.get_executor());
  resolver names;
  tls_contexts tls;
  std::optional<pool> connections(std::in_place, io.get_executor(), deadlines, names, tls);
  (void)io.poll();
  io.restart();
  const auto before = open_files();
  connections->open_spare(*parse_origin("http://127.0.0.1:" + std::to_string(hole.port())));
  io.run_for(10ms);
  CHECK(open_files() == before + 1);
  connections.reset();
  io.run_for(10ms);
  CHECK(open_files() == before);
}

TEST_CASE("a connect that hangs ends at its time, or when it is cancelled", "[P1]") {
  black_hole hole;
  network n;
  const origin to = *parse_origin("http://127.0.0.1:" + std::to_string(hole.port()));
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    const auto late = co_await x.open(o, reuse::allowed, 20ms);
    REQUIRE(!late);
    CHECK(late.error().kind == error_kind::connect);
    CHECK(late.error().context == "connect to " + o.address() + ": timed out");

    x.clock(std::chrono::steady_clock::now() + 10ms);
    const auto over = co_await x.open(o, reuse::allowed, 10s);
    REQUIRE(!over);
    CHECK(over.error().kind == error_kind::timeout);

    x.clock(std::nullopt);
    later(w, 10ms, [&x] { x.cancel(); });
    const auto cancelled = co_await x.open(o, reuse::allowed, 10s);
    REQUIRE(!cancelled);
    CHECK(cancelled.error().kind == error_kind::cancelled);
  }(n, to));
}

TEST_CASE("the next address is tried beside one that hangs, and at once behind one that refuses", "[P1]") {
  const auto how = [](const std::string& host) -> routes::result<resolver::endpoints> {
    CHECK(host == "provider.test");
    return resolver::endpoints{address("127.0.0.3"), address("127.0.0.2"), address("127.0.0.1")};
  };
  network n({}, how);
  const origin served = n.serve(answer_for_ever);
  black_hole hole("127.0.0.2", served.port);
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    const auto got = co_await x.open(o, reuse::allowed, 10s);
    REQUIRE(got);
    o.port = 9;
    const auto refused = co_await x.open(o, reuse::allowed, 2s);
    REQUIRE(!refused);
    CHECK(refused.error().context == "connect to provider.test:9 (127.0.0.1): connection refused");
  }(n, at_name(served.port)));
}

TEST_CASE("a literal address asks no resolver, a name is asked once") {
  std::atomic<int> asked{0};
  const auto how = [&asked](const std::string&) -> routes::result<resolver::endpoints> {
    ++asked;
    return resolver::endpoints{address("127.0.0.1")};
  };
  network n({}, how);
  n.run([](network& w, std::atomic<int>& count) -> task<void> {
    for (const char* literal : {"127.0.0.1", "::1"}) {
      const auto got = co_await w.names.resolve(literal, 80);
      REQUIRE(got);
      CHECK(got->front().address().to_string() == literal);
      CHECK(got->front().port() == 80);
    }
    CHECK(count == 0);
    for (std::uint16_t port = 1; port < 4; ++port) {
      const auto got = co_await w.names.resolve("a.test", port);
      REQUIRE(got);
      CHECK(got->front().port() == port);
    }
    CHECK(count == 1);
    w.names.forget();
    REQUIRE(co_await w.names.resolve("a.test", 1));
    CHECK(count == 2);
  }(n, asked));
}

TEST_CASE("a failed look-up is of kind dns and is kept for a while") {
  std::atomic<int> asked{0};
  const auto how = [&asked](const std::string& host) -> routes::result<resolver::endpoints> {
    ++asked;
    return routes::make_error(error_kind::dns, "look up " + host + ": Name or service not known");
  };
  network n({}, how);
  n.run([](network& w, std::atomic<int>& count) -> task<void> {
    exchange x(w.connections, w.deadlines);
    for (int i = 0; i < 2; ++i) {
      const auto got = co_await x.open(at_name(80), reuse::allowed, 2s);
      REQUIRE(!got);
      CHECK(got.error().kind == error_kind::dns);
      CHECK(got.error().context == "look up provider.test: Name or service not known");
    }
    CHECK(count == 1);
  }(n, asked));
}

TEST_CASE("a look-up that hangs ends at the connect time or when cancelled, and its answer serves the next") {
  held_look_up held;
  network n({}, held.how());
  const origin served = n.serve(answer_for_ever);
  n.run([](network& w, origin o, held_look_up& h) -> task<void> {
    exchange x(w.connections, w.deadlines);
    const auto late = co_await x.open(o, reuse::allowed, 20ms);
    REQUIRE(!late);
    CHECK(late.error().kind == error_kind::dns);
    CHECK(late.error().context == "look up provider.test: no answer in time");
    {
      exchange y(w.connections, w.deadlines);
      later(w, 10ms, [&y] { y.cancel(); });
      const auto cancelled = co_await y.open(o, reuse::allowed, 2s);
      REQUIRE(!cancelled);
      CHECK(cancelled.error().kind == error_kind::cancelled);
    }
    CHECK(h.asked == 1);
    h.go.set_value();
    REQUIRE(co_await x.open(o, reuse::allowed, 2s));
    CHECK(h.asked == 1);
  }(n, at_name(served.port), held));
}

TEST_CASE("a loop may die while it waits for a look-up") {
  held_look_up held;
  resolver names(held.how());
  {
    asio::io_context io{1};
    providers::spawn(
        io,
        [](resolver& r) -> task<void> {
          (void)co_await r.resolve("a.test", 1);
          FAIL("answered without a loop");
        }(names),
        [](std::exception_ptr) {});
    io.run_for(10ms);
  }
  held.go.set_value();
  asio::io_context io{1};
  bool answered = false;
  providers::spawn(
      io,
      [](resolver& r, bool& done) -> task<void> {
        const auto got = co_await r.resolve("a.test", 1);
        done = got.has_value();
      }(names, answered),
      [](std::exception_ptr) {});
  io.run_for(5s);
  CHECK(answered);
}

TEST_CASE("one resolver serves many loops at once") {
  resolver names([](const std::string& host) -> routes::result<resolver::endpoints> {
    return resolver::endpoints{address(host == "a.test" ? "127.0.0.1" : "127.0.0.2")};
  });
  std::atomic<int> right{0};
  std::vector<std::thread> cores;
  for (int i = 0; i < 4; ++i) {
    cores.emplace_back([&names, &right, i] {
      asio::io_context io{1};
      providers::spawn(
          io,
          [](resolver& r, std::atomic<int>& count, int number) -> task<void> {
            for (int round = 0; round < 200; ++round) {
              if (round % 10 == number) r.forget();
              const bool a = (round + number) % 2 == 0;
              const auto got = co_await r.resolve(a ? "a.test" : "b.test", 1);
              if (got && got->front().address().to_string() == (a ? "127.0.0.1" : "127.0.0.2")) ++count;
            }
          }(names, right, i),
          [](std::exception_ptr) {});
      io.run();
    });
  }
  for (auto& core : cores) core.join();
  CHECK(right == 800);
}

TEST_CASE("the system's resolver knows localhost") {
  resolver names;
  asio::io_context io{1};
  bool loopback = false;
  providers::spawn(
      io,
      [](resolver& r, bool& found) -> task<void> {
        const auto got = co_await r.resolve("localhost", 80);
        REQUIRE(got);
        found = got->front().address().is_loopback();
      }(names, loopback),
      [](std::exception_ptr) {});
  io.run();
  CHECK(loopback);
}
