#include "tests/support/upstream_double.hpp"

#include "tests/support/raw_client.hpp"
#include "tests/support/test_certificate.hpp"

#include <openssl/ssl.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace nearfar::support {
namespace {

constexpr std::string_view chat = "/v1/chat/completions";
constexpr std::string_view whole = R"({"model":"m","messages":[{"role":"user","content":"hi"}]})";
constexpr std::string_view streamed =
    R"({"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true})";

std::string put(std::string_view path, std::string_view body) {
  auto out = post(path, body);
  return out.replace(0, 4, "PUT");
}

TEST_CASE("answers JSON and streams on one connection, and keeps what reached it") {
  upstream_double server({.name = "alpha"});
  raw_client client(server.url());
  client.send(post(chat, whole, {{"X-Mine", "yes"}}) + post(chat, streamed));
  const auto first = client.read_answer();
  CHECK(first.status == 200);
  CHECK(first.complete);
  CHECK(first.body.find("alpha one two") != std::string::npos);
  const auto second = client.read_answer();
  CHECK(second.complete);
  CHECK(text_of(second.body).starts_with("alpha one two"));
  CHECK(second.body.ends_with("data: [DONE]\n\n"));
  const auto seen = server.requests();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].body == whole);
  CHECK(seen[0].head.field("x-mine") == "yes");
  CHECK(seen[1].on_connection == 2);
  CHECK(server.wait([](const auto& c) { return c.completed == 2 && c.connections == 1; }));
}

TEST_CASE("lists models, tells its health, and answers 404 elsewhere") {
  upstream_double server({.models = {"a", "b"}});
  raw_client client(server.url());
  client.send(get("/v1/models") + get("/health"));
  CHECK(client.read_answer().body.find(R"({"id":"b","object":"model")") != std::string::npos);
  CHECK(client.read_answer().body == R"({"status":"ok"})");
  server.set_healthy(false);
  client.send(get("/health") + get("/nowhere"));
  CHECK(client.read_answer().status == 503);
  CHECK(client.read_answer().status == 404);
  CHECK(server.counters().requests == 0);
}

TEST_CASE("a cut is a FIN, a reset a RST, each after the tokens asked for") {
  upstream_double server;
  behaviour b;
  b.break_with = break_kind::cut;
  b.after = 2;
  server.push(b);
  b.break_with = break_kind::reset;
  b.break_at = break_point::before_head;
  server.push(b);
  raw_client cut(server.url());
  cut.send(post(chat, streamed));
  const auto answer = cut.read_answer();
  CHECK(!answer.complete);
  CHECK(text_of(answer.body) == "double one");
  raw_client reset(server.url());
  reset.send(post(chat, streamed));
  CHECK_THROWS(reset.read_head());
  CHECK(server.wait([](const auto& c) { return c.broken == 2; }));
}

TEST_CASE("a client that goes away in the middle of an answer is counted") {
  upstream_double server;
  behaviour slow;
  slow.token_delay = millis{60'000};
  server.set_default(slow);
  {
    raw_client client(server.url());
    client.send(post(chat, streamed));
    client.read_head();
    REQUIRE(client.read_event());
  }
  CHECK(server.wait([](const auto& c) { return c.cancelled == 1 && c.open == 0; }));
}

TEST_CASE("a stalled stream sends comments, and no tokens") {
  upstream_double server;
  behaviour b;
  b.break_with = break_kind::stall;
  b.break_at = break_point::before_first_token;
  b.comment_every = millis{5};
  server.set_default(b);
  raw_client client(server.url());
  client.send(post(chat, streamed));
  client.read_head();
  CHECK(!client.read_event()->comment);
  CHECK(client.read_event()->comment);
  CHECK(client.read_event()->comment);
}

TEST_CASE("a refusing double keeps its port and comes back") {
  upstream_double server;
  const auto url = server.url();
  raw_client before(url);
  REQUIRE(server.wait([](const auto& c) { return c.open == 1; }));
  server.refuse();
  CHECK_THROWS_AS(raw_client(url), std::system_error);
  before.send(post(chat, whole));
  CHECK(before.read_answer().status == 200);
  server.listen();
  CHECK(server.url() == url);
  raw_client after(url);
  after.send(post(chat, whole));
  CHECK(after.read_answer().status == 200);
  server.kill();
  CHECK(after.closed_within(millis{5'000}));
  CHECK_THROWS_AS(raw_client(url), std::system_error);
  server.listen();
  CHECK_NOTHROW(raw_client(url));
}

TEST_CASE("idle connections are closed on command, or silently behind an answer") {
  upstream_double server;
  raw_client one(server.url());
  one.send(post(chat, whole));
  CHECK(one.read_answer().complete);
  REQUIRE(server.wait([](const auto& c) { return c.completed == 1; }));
  server.close_idle();
  CHECK(one.closed_within(millis{5'000}));
  behaviour b;
  b.close = closing::silent;
  server.set_default(b);
  raw_client two(server.url());
  two.send(post(chat, whole));
  const auto answer = two.read_answer();
  CHECK(answer.complete);
  CHECK(!answer.has("connection"));
  CHECK(two.closed_within(millis{5'000}));
}

TEST_CASE("declares a wrong length, compresses if asked, sends 1xx, echoes") {
  upstream_double server;
  behaviour b;
  b.content_length_delta = 10;
  server.push(b);
  raw_client longer(server.url());
  longer.send(post(chat, whole));
  CHECK(!longer.read_answer().complete);
  behaviour gzip;
  gzip.gzip_if_asked = true;
  server.push(gzip, 2);
  raw_client client(server.url());
  client.send(post(chat, whole, {{"accept-encoding", "br, gzip"}}));
  const auto packed = client.read_answer();
  CHECK(packed.field("content-encoding") == "gzip");
  CHECK(packed.body.starts_with("\x1f\x8b"));
  client.send(post(chat, whole, {{"accept-encoding", "identity"}}));
  CHECK(!client.read_answer().has("content-encoding"));
  behaviour early;
  early.interim = {102, 103};
  server.push(early);
  client.send(post(chat, whole));
  CHECK(client.read_answer().interim == std::vector<int>{102, 103});
  behaviour echo;
  echo.echo = true;
  server.push(echo);
  client.send(post(chat, whole));
  CHECK(client.read_answer().body == whole);
}

TEST_CASE("reads chunked bodies and answers Expect: 100-continue") {
  upstream_double server;
  raw_client client(server.url());
  client.send(
      "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
      "Expect: 100-continue\r\n\r\n");
  CHECK(client.read_raw() == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("10\r\n{\"model\":\"m\",\"me\r\n");
  client.send("d\r\nssages\":[]   \r\n1\r\n}\r\n0\r\n\r\n");
  CHECK(client.read_answer().status == 200);
  CHECK(server.requests().at(0).body == R"({"model":"m","messages":[]   })");
}

TEST_CASE("reads slowly when told so") {
  upstream_double server;
  behaviour b;
  b.read_bytes_per_s = 1'000;
  b.form = answer_form::json;
  server.set_default(b);
  raw_client client(server.url());
  client.send(post(chat, whole));
  const std::string much(8U << 20U, 'x');
  raw_client other(server.url(), 0);
  CHECK(other.send_some(post(chat, much), millis{300}) < much.size());
}

TEST_CASE("is steered over HTTP") {
  upstream_double server;
  raw_client client(server.url());
  client.send(put("/_double/behaviour", R"({"status":503,"retry_after":"1"})"));
  CHECK(client.read_answer().status == 200);
  client.send(post(chat, whole));
  const auto failed = client.read_answer();
  CHECK(failed.status == 503);
  CHECK(failed.field("retry-after") == "1");
  client.send(get("/_double/requests"));
  const auto seen = boost::json::parse(client.read_answer().body);
  CHECK(seen.at_pointer("/counters/requests").as_int64() == 1);
  CHECK(seen.at_pointer("/requests/0/body").as_string() == whole);
  CHECK(seen.at_pointer("/requests/0/outcome").as_string() == "completed");
}

TEST_CASE("listens on a unix socket") {
  std::string folder = "/tmp/double-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  {
    upstream_double server({.unix_path = folder + "/s"});
    raw_client client(server.url());
    client.send(post(chat, streamed));
    CHECK(text_of(client.read_answer().body).starts_with("double one"));
    server.refuse();
    CHECK_THROWS_AS(raw_client(server.url()), std::system_error);
    server.listen();
    CHECK_NOTHROW(raw_client(server.url()));
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("speaks TLS with a certificate that its own bundle verifies") {
  std::string folder = "/tmp/double-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const auto files = make_test_certificate(folder);
  {
    upstream_double server({.certificate = files.certificate, .private_key = files.private_key});
    CHECK(server.url().starts_with("https://127.0.0.1:"));
    raw_client wire(server.url().substr(8));
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                    &SSL_CTX_free);
    REQUIRE(SSL_CTX_load_verify_file(context.get(), files.certificate.c_str()) == 1);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), &SSL_free);
    SSL_set1_host(tls.get(), "localhost");
    SSL_set_fd(tls.get(), wire.native());
    REQUIRE(SSL_connect(tls.get()) == 1);
    const auto request = post(chat, streamed);
    REQUIRE(SSL_write(tls.get(), request.data(), static_cast<int>(request.size())) > 0);
    std::string all;
    std::array<char, 4'096> buffer;
    while (all.find("[DONE]") == std::string::npos) {
      const int n = SSL_read(tls.get(), buffer.data(), static_cast<int>(buffer.size()));
      if (n <= 0) break;
      all.append(buffer.data(), static_cast<std::size_t>(n));
    }
    CHECK(all.find("[DONE]") != std::string::npos);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace nearfar::support
