#include "providers/http/exchange.hpp"

#include "tests/unit/providers/http/loopback.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <cstdlib>
#include <filesystem>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::test;
using routes::error_kind;

namespace {

const std::string ok_hi = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

task<void> answer_for_ever(peer p, int) {
  while (!(co_await p.read_request()).empty()) co_await p.send(ok_hi);
}

task<void> hold(peer p, int) {
  co_await p.read_request();
  co_await p.wait_for_close();
}

// Answers the first request of every connection and closes.
script once(std::string text, std::size_t split = 0) {
  return [text, split](peer p, int) {
    return [](peer q, std::string t, std::size_t at) -> task<void> {
      co_await q.read_request();
      co_await q.send_split(t, at);
      q.close();
    }(std::move(p), text, split);
  };
}

std::chrono::steady_clock::time_point in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

}  // namespace

TEST_CASE("a second exchange reuses the connection of the first") {
  network n;
  const origin to = n.serve(answer_for_ever);
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    for (int i = 0; i < 3; ++i) {
      const auto got = co_await ask(x, o, reuse::allowed);
      REQUIRE(got);
      CHECK(got->first == 200);
      CHECK(got->second == "hi");
    }
    CHECK(w.accepted == 1);
    CHECK(w.connections.counters().connects == 1);
    CHECK(w.connections.counters().reused == 2);
    CHECK(w.connections.idle() == 1);
    REQUIRE(co_await ask(x, o, reuse::fresh_only));
    CHECK(w.connections.counters().connects == 2);
    CHECK(w.connections.idle() == 2);
  }(n, to));
}

TEST_CASE("a connection that the server closed while idle is not reused") {
  network n;
  const origin to = n.serve(once(ok_hi));
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await ask(x, o, reuse::allowed));
    co_await nap(w, 20ms);
    REQUIRE(co_await ask(x, o, reuse::allowed));
    CHECK(w.connections.counters().reused == 0);
    CHECK(w.accepted == 2);
  }(n, to));
}

TEST_CASE("a connection on which the server spoke while idle is not reused") {
  network n;
  const origin to = n.serve([](peer p, int) -> task<void> {
    co_await p.read_request();
    co_await p.send_split(ok_hi + "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", ok_hi.size());
    co_await p.wait_for_close();
  });
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await ask(x, o, reuse::allowed));
    co_await nap(w, 20ms);
    REQUIRE(co_await ask(x, o, reuse::allowed));
    CHECK(w.connections.counters().reused == 0);
  }(n, to));
}

TEST_CASE("a reused connection that ends before any byte is stale, and a fresh one works", "[P1]") {
  network n;
  const origin to = n.serve([](peer p, int number) -> task<void> {
    co_await p.read_request();
    co_await p.send(ok_hi);
    co_await p.read_request();
    if (number == 1)
      p.close();
    else
      p.reset();
  });
  n.run([](network& w, origin o) -> task<void> {
    for (int i = 0; i < 2; ++i) {
      exchange x(w.connections, w.deadlines);
      REQUIRE(co_await ask(x, o, reuse::fresh_only));
      const auto stale = co_await ask(x, o, reuse::allowed);
      REQUIRE(!stale);
      CHECK(stale.error().kind == error_kind::stale);
      REQUIRE(co_await ask(x, o, reuse::fresh_only));
      w.connections.drop_idle();
    }
  }(n, to));
}

TEST_CASE("a refused connection says who refused") {
  network n;
  const origin to = *parse_origin("http://127.0.0.1:9");
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    const auto got = co_await x.open(o, reuse::allowed, 2s);
    REQUIRE(!got);
    CHECK(got.error().kind == error_kind::connect);
    CHECK(got.error().context == "connect to 127.0.0.1:9: connection refused");
    CHECK(!x.is_open());
  }(n, to));
}

TEST_CASE("a reset before the head of a fresh connection is no stale one") {
  network n;
  const origin to = n.serve([](peer p, int number) -> task<void> {
    co_await p.read_request();
    if (number == 1) p.reset();
    if (number == 3) co_await p.send("HTTP/1.1 200 OK\r\nconte");
    p.close();
  });
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    for (const char* how : {"reset", "end of stream", "end within the head"}) {
      CAPTURE(how);
      const auto got = co_await ask(x, o, reuse::allowed);
      REQUIRE(!got);
      CHECK(got.error().kind == error_kind::reset);
    }
  }(n, to));
}

TEST_CASE("a head that does not come within the clock is a timeout") {
  network n;
  const origin to = n.serve(hold);
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await x.open(o, reuse::allowed, 2s));
    x.clock(in(1h));
    REQUIRE(co_await send_text(x, get));
    x.clock(in(20ms));
    const auto got = co_await x.read_head();
    REQUIRE(!got);
    CHECK(got.error().kind == error_kind::timeout);
    const auto again = co_await x.read_head();
    REQUIRE(!again);
    CHECK(again.error().kind == error_kind::timeout);
    x.finish();
    CHECK(w.connections.idle() == 0);
  }(n, to));
}

TEST_CASE("a clock that ran out between two steps stops the next wait, unless it is set anew") {
  network n;
  const origin to = n.serve([](peer p, int) -> task<void> {
    co_await p.read_request();
    co_await p.send_split(ok_hi, ok_hi.size() - 1);
    co_await p.wait_for_close();
  });
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await x.open(o, reuse::allowed, 2s));
    REQUIRE(co_await send_text(x, get));
    x.clock(in(1ms));
    co_await nap(w, 10ms);
    const auto late = co_await x.read_head();
    REQUIRE(!late);
    CHECK(late.error().kind == error_kind::timeout);
    x.clock(in(10s));
    REQUIRE(co_await x.read_head());
    const auto body = co_await read_all(x);
    REQUIRE(body);
    CHECK(*body == "hi");
  }(n, to));
}

TEST_CASE("a body in every framing survives every split of its bytes", "[P7]") {
  const std::string wanted = "data: {\"a\":1}\n\ndata: [DONE]\n\n";
  const std::string start = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
  const std::string text = GENERATE_COPY(
      start + "content-length: 29\r\n\r\n" + wanted,
      start +
          "transfer-encoding: chunked\r\n\r\nf\r\ndata: {\"a\":1}\n\n\r\ne;x=y\r\ndata: [DONE]\n\n\r\n0\r\n"
          "x-t: 1\r\n\r\n",
      start + "\r\n" + wanted);
  network n;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const origin to = n.serve(once(text, i));
    n.run([](network& w, origin o, std::string expected, std::size_t at) -> task<void> {
      CAPTURE(at);
      exchange x(w.connections, w.deadlines);
      const auto got = co_await ask(x, o, reuse::allowed);
      REQUIRE(got);
      CHECK(got->second == expected);
    }(n, to, wanted, i));
  }
}

TEST_CASE("a body that is cut short is broken, never complete", "[P2]") {
  const std::string start = "HTTP/1.1 200 OK\r\n";
  const std::string text = GENERATE_COPY(start + "content-length: 5\r\n\r\nhell",
                                         start + "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
                                         start + "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
                                         start + "transfer-encoding: chunked\r\n\r\n5\r\nhelloX");
  network n;
  const origin to = n.serve(once(text));
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    const auto got = co_await ask(x, o, reuse::allowed);
    REQUIRE(!got);
    CHECK(got.error().kind == error_kind::broken);
    CHECK(!x.complete());
    x.finish();
    CHECK(!x.is_done());
    CHECK(w.connections.idle() == 0);
  }(n, to));
}

TEST_CASE("buffered pieces can be gathered, and the end is known with the last of them") {
  network n;
  const origin to = n.serve([](peer p, int) -> task<void> {
    co_await p.read_request();
    co_await p.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
    co_await p.wait_for_close();
  });
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await x.open(o, reuse::allowed, 2s));
    REQUIRE(co_await send_text(x, get));
    CHECK(!x.has_buffered());
    REQUIRE(co_await x.read_head());
    REQUIRE(x.has_buffered());
    const auto one = co_await x.read_body();
    REQUIRE(one);
    CHECK(!x.complete());
    REQUIRE(x.has_buffered());
    const auto two = x.read_buffered();
    REQUIRE(two);
    CHECK(*one == "one");
    CHECK(*two == "two");
    CHECK(x.complete());
    CHECK(x.read_buffered()->empty());
    CHECK(!x.is_done());
    x.finish();
    CHECK(x.is_done());
    CHECK(w.connections.idle() == 1);
  }(n, to));
}

TEST_CASE("bytes behind a complete answer, and a wish to close, keep a connection out of the pool") {
  const std::string text =
      GENERATE(std::string("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi!"),
               std::string("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi"),
               std::string("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi"),
               std::string("HTTP/1.1 200 OK\r\n\r\nhi"));
  network n;
  const origin to = n.serve(once(text));
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    const auto got = co_await ask(x, o, reuse::allowed);
    REQUIRE(got);
    CHECK(got->second == "hi");
    CHECK(w.connections.idle() == 0);
  }(n, to));
}

TEST_CASE("a unix socket carries an exchange like TCP") {
  char folder[] = "/tmp/nearfar-test-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  network n;
  const origin to = n.serve_unix(std::string(folder) + "/s", answer_for_ever);
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    for (int i = 0; i < 2; ++i) {
      const auto got = co_await ask(x, o, reuse::allowed);
      REQUIRE(got);
      CHECK(got->second == "hi");
    }
    CHECK(w.accepted == 1);
    o.host += "-missing";
    const auto missing = co_await x.open(o, reuse::allowed, 2s);
    REQUIRE(!missing);
    CHECK(missing.error().kind == error_kind::connect);
    CHECK(missing.error().context == "connect to unix:" + o.host + ": no such file or directory");
  }(n, to));
  std::filesystem::remove_all(folder);
}

TEST_CASE("a cancel while reading ends the read as cancelled and closes the connection", "[P4]") {
  network n;
  const origin to = n.serve(hold);
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await x.open(o, reuse::allowed, 2s));
    REQUIRE(co_await send_text(x, get));
    later(w, 5ms, [&x] { x.cancel(); });
    const auto got = co_await x.read_head();
    REQUIRE(!got);
    CHECK(got.error().kind == error_kind::cancelled);
    const auto next = co_await x.open(o, reuse::allowed, 2s);
    REQUIRE(!next);
    CHECK(next.error().kind == error_kind::cancelled);
  }(n, to));
}

TEST_CASE("a large body goes out whole to a server that reads slowly", "[P7]") {
  network n;
  const origin to = n.serve([](peer p, int) -> task<void> {
    const auto head = co_await p.read_request();
    const auto got = co_await p.read_exactly(8u << 20);
    const bool same = got.find_first_not_of('x') == got.npos && got.size() == (8u << 20);
    co_await p.send(same ? ok_hi : "HTTP/1.1 400 Bad\r\ncontent-length: 0\r\n\r\n");
  });
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await x.open(o, reuse::allowed, 2s));
    const std::string body(4u << 20, 'x');
    const asio::const_buffer pieces[] = {asio::buffer(get), asio::buffer(body), asio::const_buffer(),
                                         asio::buffer(body)};
    REQUIRE(co_await x.send(pieces));
    const auto head = co_await x.read_head();
    REQUIRE(head);
    CHECK((*head)->status == 200);
  }(n, to));
}

TEST_CASE("an early answer to a body that the server would not take is read") {
  network n;
  const origin to = n.serve([](peer p, int) -> task<void> {
    co_await p.read_request();
    co_await p.send("HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n");
    p.close();
  });
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await x.open(o, reuse::allowed, 2s));
    const std::string body(32u << 20, 'x');
    const asio::const_buffer pieces[] = {asio::buffer(get), asio::buffer(body)};
    REQUIRE(co_await x.send(pieces));
    const auto head = co_await x.read_head();
    REQUIRE(head);
    CHECK((*head)->status == 413);
    x.finish();
    CHECK(w.connections.idle() == 0);
  }(n, to));
}
