#include "providers/http/tls_connection.hpp"

#include "tests/unit/providers/http/loopback.hpp"
#include "tests/unit/providers/http/test_certificates.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <catch2/generators/catch_generators.hpp>

#include <memory>
#include <optional>
#include <thread>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::test;
using asio::ip::tcp;
using routes::error_kind;
namespace ssl = asio::ssl;

namespace {

// OpenSSL takes microseconds for these, so one set serves all tests.
const certificates& issued() {
  static const auto made = [] {
    auto c = std::make_unique<certificates>();
    c->issue("good", "DNS:provider.test,IP:127.0.0.1", -1, 10);
    c->issue("other", "DNS:other.test", -1, 10);
    c->issue("partial", "DNS:pro*.test", -1, 10);
    c->issue("expired", "DNS:provider.test", -10, -1);
    return c;
  }();
  return *made;
}

enum class ending : std::uint8_t { close_notify, cut };

struct tls_peer {
  ssl::stream<stream_socket> stream;
  std::string in;

  task<std::string> read_request() {
    const auto [ec, n] =
        co_await asio::async_read_until(stream, asio::dynamic_buffer(in), "\r\n\r\n", use_result);
    if (ec) co_return std::string();
    std::string head = in.substr(0, n - 4);
    in.erase(0, n);
    co_return head;
  }
  task<std::size_t> read_exactly(std::size_t size) {
    std::size_t had = in.size();
    in.resize(std::max(size, had));
    const auto [ec, n] = co_await asio::async_read(stream, asio::buffer(in) + had, use_result);
    co_return had + n;
  }
  task<void> send(std::string text) {
    (void)co_await asio::async_write(stream, asio::buffer(text), use_result);
  }
  task<void> end(ending how) {
    if (how == ending::close_notify) (void)co_await stream.async_shutdown(use_result);
    boost::system::error_code ignored;
    stream.next_layer().close(ignored);
  }
};

using tls_script = std::function<task<void>(tls_peer&)>;

// A server with its own context, so that every connection may ask it for resumption.
struct tls_server {
  explicit tls_server(const std::string& name) {
    context.use_certificate_chain_file(issued().file(name + ".pem"));
    context.use_private_key_file(issued().file(name + ".key"), ssl::context::pem);
    SSL_CTX_set_session_id_context(context.native_handle(), reinterpret_cast<const unsigned char*>("t"), 1);
    SSL_CTX_set_alpn_select_cb(context.native_handle(), select_alpn, this);
  }

  static int select_alpn(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in,
                         unsigned in_size, void* self) {
    static_cast<tls_server*>(self)->offered.assign(reinterpret_cast<const char*>(in), in_size);
    *out = in + 1;
    *size = in[0];
    return SSL_TLSEXT_ERR_OK;
  }

  script serve(tls_script f) {
    return [this, f](peer p, int) { return run(this, p.take(), f); };
  }

  static task<void> run(tls_server* self, stream_socket socket, tls_script f) {
    tls_peer p{{std::move(socket), self->context}, {}};
    const auto [ec] = co_await p.stream.async_handshake(ssl::stream_base::server, use_result);
    const char* name = SSL_get_servername(p.stream.native_handle(), TLSEXT_NAMETYPE_host_name);
    self->asked_for = name == nullptr ? "" : name;
    if (!ec) co_await f(p);
  }

  ssl::context context{ssl::context::tls_server};
  std::string offered;
  std::string asked_for;
};

const std::string ok_hi = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

task<void> answer_for_ever(tls_peer& p) {
  while (!(co_await p.read_request()).empty()) co_await p.send(ok_hi);
}

routes::result<resolver::endpoints> all_are_local(const std::string&) {
  return resolver::endpoints{tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
}

struct tls_network : network {
  tls_network() : network({}, all_are_local) {}

  origin serve_tls(tls_server& server, tls_script f, const std::string& host = "provider.test") {
    origin to =
        *parse_origin("https://" + host + ":" + std::to_string(serve(server.serve(std::move(f))).port));
    to.ca_file = issued().ca();
    return to;
  }
};

// Expects that opening fails, with this text in the reason.
task<void> expect_refused(network& w, origin o, std::string why) {
  exchange x(w.connections, w.deadlines);
  const auto got = co_await x.open(o, reuse::allowed, 2s);
  REQUIRE(!got);
  CAPTURE(got.error().context);
  CHECK(got.error().kind == error_kind::tls);
  CHECK(got.error().context.find(why) != std::string::npos);
  CHECK(got.error().context.starts_with("tls with " + o.host + ": "));
  CHECK(!x.is_open());
}

}  // namespace

TEST_CASE("a verified provider is asked by name, over http/1.1") {
  tls_server server("good");
  tls_network n;
  const origin to = n.serve_tls(server, answer_for_ever);
  n.run([](network& w, origin o, tls_server& s) -> task<void> {
    exchange x(w.connections, w.deadlines);
    for (int i = 0; i < 3; ++i) {
      const auto got = co_await ask(x, o, reuse::allowed);
      REQUIRE(got);
      CHECK(got->second == "hi");
    }
    CHECK(w.accepted == 1);
    CHECK(s.asked_for == "provider.test");
    CHECK(s.offered == "\x08http/1.1");
  }(n, to, server));
}

TEST_CASE("an address is checked against the certificate and not sent as a name") {
  tls_server server("good");
  tls_network n;
  const origin to = n.serve_tls(server, answer_for_ever, "127.0.0.1");
  n.run([](network& w, origin o, tls_server& s) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await ask(x, o, reuse::allowed));
    CHECK(s.asked_for.empty());
  }(n, to, server));
}

TEST_CASE("a certificate for somebody else, out of date or of an unknown authority is refused") {
  struct row {
    const char* certificate;
    const char* host;
    bool trusted;
    const char* why;
  };
  const auto r = GENERATE(row{"other", "provider.test", true, "hostname mismatch"},
                          row{"good", "wrong.test", true, "hostname mismatch"},
                          row{"partial", "provider.test", true, "hostname mismatch"},
                          row{"other", "127.0.0.1", true, "IP address mismatch"},
                          row{"expired", "provider.test", true, "certificate has expired"},
                          row{"good", "provider.test", false, "unable to get local issuer certificate"});
  CAPTURE(r.certificate, r.host);
  tls_server server(r.certificate);
  tls_network n;
  origin to = n.serve_tls(server, answer_for_ever, r.host);
  if (!r.trusted) to.ca_file.clear();
  n.run(expect_refused(n, to, r.why));
}

TEST_CASE("a server that speaks no TLS, or only an old one, is refused") {
  tls_network n;
  origin to = n.serve([](peer p, int) -> task<void> {
    co_await p.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    co_await p.wait_for_close();
  });
  to.kind = transport::tls;
  to.host = "provider.test";
  to.ca_file = issued().ca();
  n.run(expect_refused(n, to, "wrong version number"));

  tls_server old("good");
  SSL_CTX_set_min_proto_version(old.context.native_handle(), TLS1_1_VERSION);
  SSL_CTX_set_max_proto_version(old.context.native_handle(), TLS1_1_VERSION);
  SSL_CTX_set_security_level(old.context.native_handle(), 0);
  n.run(expect_refused(n, n.serve_tls(old, answer_for_ever), ""));
}

TEST_CASE("a bundle that cannot be read is an error that names it") {
  tls_server server("good");
  tls_network n;
  origin to = n.serve_tls(server, answer_for_ever);
  to.ca_file = "/nonexistent/ca.pem";
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    const auto got = co_await x.open(o, reuse::allowed, 2s);
    REQUIRE(!got);
    CHECK(got.error().kind == error_kind::tls);
    CHECK(got.error().context.starts_with("certificate bundle /nonexistent/ca.pem: "));
  }(n, to));
}

TEST_CASE("a second connection resumes the session, and not under another trust") {
  const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
  tls_server server("good");
  SSL_CTX_set_max_proto_version(server.context.native_handle(), version);
  tls_network n;
  const origin to = n.serve_tls(server, answer_for_ever);
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    for (std::uint64_t i = 0; i < 4; ++i) {
      REQUIRE(co_await ask(x, o, reuse::fresh_only));
      w.connections.drop_idle();
      CHECK(w.tls.resumed() == i);
    }
    o.ca_file.clear();
    const auto got = co_await x.open(o, reuse::allowed, 2s);
    REQUIRE(!got);
    CHECK(got.error().kind == error_kind::tls);
    CHECK(w.tls.resumed() == 3);
  }(n, to));
}

TEST_CASE("a stream without a length must end with close_notify to be whole", "[P2]") {
  const auto how = GENERATE(ending::close_notify, ending::cut);
  tls_server server("good");
  tls_network n;
  const origin to = n.serve_tls(server, [how](tls_peer& p) {
    return [](tls_peer& q, ending e) -> task<void> {
      co_await q.read_request();
      co_await q.send("HTTP/1.1 200 OK\r\n\r\nhi");
      co_await q.end(e);
    }(p, how);
  });
  n.run([](network& w, origin o, ending e) -> task<void> {
    exchange x(w.connections, w.deadlines);
    const auto got = co_await ask(x, o, reuse::allowed);
    CHECK(got.has_value() == (e == ending::close_notify));
    if (!got) CHECK(got.error().kind == error_kind::broken);
  }(n, to, how));
}

TEST_CASE("a body whose framing is complete is whole, however the stream ends after") {
  tls_server server("good");
  tls_network n;
  const origin to = n.serve_tls(server, [](tls_peer& p) -> task<void> {
    co_await p.read_request();
    co_await p.send(ok_hi);
    co_await p.end(ending::cut);
  });
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await ask(x, o, reuse::allowed));
    co_await nap(w, 10ms);
    CHECK(!w.connections.take_idle(o));
  }(n, to));
}

TEST_CASE("session tickets that wait on an idle connection do not spoil it") {
  tls_server server("good");
  tls_network n;
  const origin to = n.serve_tls(server, answer_for_ever);
  n.run([](network& w, origin o) -> task<void> {
    w.connections.open_spare(o);
    for (int i = 0; i < 200 && w.connections.idle() == 0; ++i) co_await nap(w, 1ms);
    co_await nap(w, 10ms);
    auto c = w.connections.take_idle(o);
    REQUIRE(c);
    CHECK(look_at_idle(c->native_handle()) == idle_state::quiet);
    w.connections.release(std::move(c));
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await ask(x, o, reuse::allowed));
    CHECK(w.accepted == 1);
  }(n, to));
}

TEST_CASE("many pieces of every size arrive whole over TLS", "[P7]") {
  tls_server server("good");
  tls_network n;
  constexpr std::size_t total = 3 + 16'384 + 5 + 40'000 + 2'000'000 + 1;
  const origin to = n.serve_tls(server, [](tls_peer& p) -> task<void> {
    co_await p.read_request();
    const bool whole = co_await p.read_exactly(total) == total;
    std::string wanted;
    for (const std::size_t size : {3u, 16'384u, 5u, 40'000u, 2'000'000u, 1u}) {
      wanted.append(size, static_cast<char>('a' + size % 26));
    }
    co_await p.send(whole && p.in == wanted ? ok_hi : "HTTP/1.1 400 Bad\r\ncontent-length: 0\r\n\r\n");
  });
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await x.open(o, reuse::allowed, 2s));
    std::vector<std::string> texts;
    for (const std::size_t size : {3u, 16'384u, 5u, 40'000u, 2'000'000u, 1u}) {
      texts.emplace_back(size, static_cast<char>('a' + size % 26));
    }
    std::vector<asio::const_buffer> pieces{asio::buffer(get)};
    for (const auto& t : texts) pieces.push_back(asio::buffer(t));
    pieces.insert(pieces.begin() + 3, asio::const_buffer());
    REQUIRE(co_await x.send(pieces));
    const auto head = co_await x.read_head();
    REQUIRE(head);
    CHECK((*head)->status == 200);
  }(n, to));
}

TEST_CASE("a handshake that hangs ends at the connect time, or when it is cancelled", "[P1]") {
  tls_network n;
  origin to = n.serve([](peer p, int) -> task<void> {
    co_await p.wait_for_close();
    co_await p.wait_for_close();
    co_await p.read_request();
  });
  to.kind = transport::tls;
  to.ca_file = issued().ca();
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    const auto late = co_await x.open(o, reuse::allowed, 20ms);
    REQUIRE(!late);
    CHECK(late.error().kind == error_kind::connect);
    CHECK(late.error().context == "tls with 127.0.0.1: timed out");
    later(w, 10ms, [&x] { x.cancel(); });
    const auto cancelled = co_await x.open(o, reuse::allowed, 10s);
    REQUIRE(!cancelled);
    CHECK(cancelled.error().kind == error_kind::cancelled);
  }(n, to));
}

TEST_CASE("a clock ends a read over TLS too") {
  tls_server server("good");
  tls_network n;
  const origin to = n.serve_tls(server, [](tls_peer& p) -> task<void> {
    co_await p.read_request();
    co_await p.read_request();
  });
  n.run([](network& w, origin o) -> task<void> {
    exchange x(w.connections, w.deadlines);
    REQUIRE(co_await x.open(o, reuse::allowed, 2s));
    REQUIRE(co_await send_text(x, get));
    x.clock(std::chrono::steady_clock::now() + 20ms);
    const auto got = co_await x.read_head();
    REQUIRE(!got);
    CHECK(got.error().kind == error_kind::timeout);
  }(n, to));
}

TEST_CASE("cores share the contexts and their sessions") {
  tls_contexts shared;
  std::vector<std::thread> cores;
  std::vector<std::shared_ptr<ssl::context>> got(4);
  for (std::size_t i = 0; i < got.size(); ++i) {
    cores.emplace_back([&shared, &got, i] {
      auto made = shared.get(issued().ca());
      if (made) got[i] = *made;
    });
  }
  for (auto& c : cores) c.join();
  REQUIRE(got[0]);
  for (const auto& c : got) CHECK(c == got[0]);
}
