// The HTTP of both sides: connections, framing, listeners.
#include "tests/integration/gateway_under_test.hpp"
#include "tests/support/test_certificate.hpp"

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>

namespace nearfar::tests {
namespace {

using support::get;
using support::post;

constexpr std::string_view path = "/v1/chat/completions";

TEST_CASE("a pooled connection is used again") {
  gateway_under_test gw;
  for (int i = 0; i < 5; ++i) CHECK(gw.ask(i % 2 == 0 ? chat("near") : chat_stream("near")).status == 200);
  CHECK(gw.device.counters().connections == 1);
}

TEST_CASE("a pooled connection that the server closed costs no attempt") {
  gateway_under_test gw;
  CHECK(gw.ask(chat("auto")).status == 200);
  REQUIRE(gw.device.wait([](const auto& c) { return c.completed == 1; }));
  SECTION("before the query, seen or not") {
    gw.device.close_idle();
  }
  SECTION("just as the query arrives") {
    behaviour b;
    b.break_with = break_kind::cut;
    b.break_at = break_point::before_head;
    gw.device.push(b);
  }
  SECTION("with a reset as the query arrives") {
    behaviour b;
    b.break_with = break_kind::reset;
    b.break_at = break_point::before_head;
    gw.device.push(b);
  }
  const auto a = gw.ask(chat_stream("auto"));
  CHECK(a.status == 200);
  CHECK(answer_text(a) == default_text("device"));
  CHECK(a.field("x-nearfar-attempts") == "1");
  CHECK(gw.self_hosted.counters().requests == 0);
}

TEST_CASE("a server that closes silently behind every answer costs no attempt") {
  gateway_under_test gw;
  behaviour b;
  b.close = support::closing::silent;
  gw.device.set_default(b);
  for (int i = 0; i < 20; ++i) {
    const auto a = gw.ask(chat("auto"));
    CHECK(answer_text(a) == default_text("device"));
    CHECK(a.field("x-nearfar-attempts") == "1");
  }
}

TEST_CASE("an answer with more bytes than declared does not leak into the next one") {
  gateway_under_test gw;
  behaviour b;
  b.content_length_delta = -5;
  gw.device.push(b);
  auto client = gw.client();
  client.send(post(path, chat("auto")));
  const auto first = client.read_answer();
  client.send(post(path, chat("auto")));
  const auto second = client.read_answer();
  CHECK(second.status == 200);
  const auto text = answer_text(second);
  CHECK((text == default_text("device") || text == default_text("self_hosted")));
  CHECK(first.body.find("HTTP/1.1") == std::string::npos);
}

TEST_CASE("keep-alive and pipelined requests are answered in order") {
  gateway_under_test gw;
  auto client = gw.client();
  client.send(post(path, chat("near")) + get("/healthz") + post(path, chat_stream("home")) +
              post(path, chat("far")));
  CHECK(answer_text(client.read_answer()) == default_text("device"));
  CHECK(client.read_answer().body == R"({"status":"ok"})");
  CHECK(answer_text(client.read_answer()) == default_text("self_hosted"));
  CHECK(answer_text(client.read_answer()) == default_text("remote"));
  client.send(post(path, chat("near"), {{"Connection", "close"}}));
  CHECK(client.read_answer().field("connection") == "close");
  CHECK(client.closed_within(millis{10'000}));
}

TEST_CASE("Expect: 100-continue is answered before the body") {
  gateway_under_test gw;
  auto client = gw.client();
  const auto body = chat("near");
  client.send(
      fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
                  path, body.size()));
  CHECK(client.read_raw() == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send(body);
  CHECK(answer_text(client.read_answer()) == default_text("device"));
  CHECK(!gw.device.requests().at(0).head.has("expect"));
}

TEST_CASE("a chunked request body is read, and sent on with its length") {
  gateway_under_test gw;
  auto client = gw.client();
  const auto body = chat("near");
  client.send(
      fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n",
                  path, 10, body.substr(0, 10)));
  client.send(fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", body.size() - 10, body.substr(10)));
  CHECK(client.read_answer().status == 200);
  CHECK(gw.device.requests().at(0).head.content_length.has_value());
  CHECK(!gw.device.requests().at(0).head.chunked);
}

TEST_CASE("a request that arrives byte by byte is read") {
  gateway_under_test gw;
  auto client = gw.client();
  for (const char c : post(path, chat_stream("near"))) client.send(std::string_view(&c, 1));
  CHECK(answer_text(client.read_answer()) == default_text("device"));
}

TEST_CASE("an HTTP/1.0 client gets an answer without chunks, and the end of the connection") {
  gateway_under_test gw;
  for (const auto& body : {chat("near"), chat_stream("near")}) {
    auto client = gw.client();
    client.send(
        fmt::format("POST {} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                    path, body.size(), body));
    const auto a = client.read_answer();
    INFO(a.head);
    CHECK(a.status == 200);
    CHECK(!a.has("transfer-encoding"));
    CHECK(answer_text(a) == default_text("device"));
    CHECK(client.closed_within(millis{10'000}));
  }
}

TEST_CASE("what smugglers send is refused, and the connection ends") {
  gateway_under_test gw;
  const std::string start = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n";
  for (const std::string& request : {
           start + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           start + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
           start + "Content-Length: 2, 2\r\n\r\n{}",
           start + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
           start + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
           start + "X-A: b\r\n folded\r\nContent-Length: 2\r\n\r\n{}",
           start + "Host: other\r\nContent-Length: 2\r\n\r\n{}",
           start + "Content-Length: +2\r\n\r\n{}",
           start + "Content-Length : 2\r\n\r\n{}",
           std::string("POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"),
           std::string("POST /v1/chat/completions HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: "
                       "chunked\r\n\r\n0\r\n\r\n"),
       }) {
    INFO(request);
    auto client = gw.client();
    client.send(request);
    const auto status = client.read_answer().status;
    CHECK((status == 400 || status == 501));  // 501: a transfer coding that is not chunked (RFC 9112, 6.1)
    CHECK(client.closed_within(millis{10'000}));
  }
  CHECK(gw.upstream_requests() == 0);
}

TEST_CASE("heads and bodies that are too large are refused") {
  gateway_under_test gw;
  auto client = gw.client();
  client.send_some(
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: " + std::string(100'000, 'x') + "\r\n\r\n",
      millis{5'000});
  CHECK(client.read_answer().status == 431);
  auto other = gw.client();
  other.send("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99000000\r\n\r\n");
  CHECK(other.read_answer().status == 413);
}

TEST_CASE("a Host that is not ours and an Origin that was not allowed are refused") {
  policy_text policy;
  policy.server = "hosts: [localhost, puck.local], origins: [\"http://allowed.example\"]";
  gateway_under_test gw(policy);
  const auto port = gw.address().substr(gw.address().rfind(':'));
  for (const auto& host :
       {std::string("evil.example"), "evil.example" + port, std::string("127.0.0.1.evil.example")}) {
    const auto a = gw.ask(chat("near"), {{"Host", host}});
    CHECK(a.status == 421);
    CHECK(a.body.find("hosts") != std::string::npos);
  }
  for (const auto& host : {"localhost" + port, gw.address(), std::string("puck.local")}) {
    CHECK(gw.ask(chat("near"), {{"Host", host}}).status == 200);
  }
  CHECK(gw.ask(chat("near"), {{"Origin", "http://evil.example"}}).status == 403);
  CHECK(gw.ask(chat("near"), {{"Origin", "null"}}).status == 403);
  const auto allowed = gw.ask(chat("near"), {{"Origin", "http://allowed.example"}});
  CHECK(allowed.status == 200);
  CHECK(allowed.field("access-control-allow-origin") == "http://allowed.example");
}

TEST_CASE("a second instance on the same port fails, and says why") {
  gateway_under_test gw;
  std::string why;
  CHECK(gw.another(gw.address(), why) == nullptr);
  CHECK(why.find(gw.address()) != std::string::npos);
  CHECK(gw.ask(chat("near")).status == 200);
}

TEST_CASE("serves on a unix socket, which is gone afterwards and taken over from a dead process") {
  policy_text policy;
  policy.listen = "unix:{folder}/gateway.sock";
  gateway_under_test gw(policy);
  CHECK(gw.address().starts_with("unix:"));
  CHECK(answer_text(gw.ask(chat_stream("near"))) == default_text("device"));
  std::string why;
  CHECK(gw.another(gw.address(), why) == nullptr);
  CHECK(gw.ask(chat("near")).status == 200);
}

TEST_CASE(
    "an upstream with TLS is verified: by its own bundle it answers, by the system's it is not trusted") {
  std::string folder = "/tmp/nearfar-tls-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const auto files = support::make_test_certificate(folder);
  {
    upstream_double vault(
        {.name = "vault", .certificate = files.certificate, .private_key = files.private_key});
    policy_text policy;
    policy.providers = fmt::format(
        "  trusted: {{tier: remote, preset: openai-compatible, url: \"{0}\", tls: {{ca_file: {1}}}, models: "
        "{{t: {{price: free}}}}}}\n"
        "  doubted: {{tier: remote, preset: openai-compatible, url: \"{0}\", models: {{d: {{price: "
        "free}}}}}}\n",
        vault.url(), files.certificate);
    policy.models += "  safe: [trusted/t]\n  doubtful: [doubted/d]\n";
    gateway_under_test gw(policy);
    for (int i = 0; i < 3; ++i) CHECK(answer_text(gw.ask(chat_stream("safe"))) == default_text("vault"));
    CHECK(vault.counters().connections == 1);
    const auto doubtful = gw.ask(chat("doubtful"));
    CHECK(doubtful.status == 502);
    CHECK(vault.counters().requests == 3);
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("lists the models clients may ask for, and answers its health and readiness") {
  gateway_under_test gw;
  auto client = gw.client();
  client.send(get("/v1/models") + get("/healthz") + get("/readyz") + get("/nowhere"));
  const auto models = client.read_answer();
  CHECK(models.status == 200);
  CHECK(models.body.find(R"("object":"list")") != std::string::npos);
  for (const char* id : {R"("id":"auto")", R"("id":"near")", R"("id":"vendor/large")"}) {
    INFO(id);
    CHECK(models.body.find(id) != std::string::npos);
  }
  CHECK(client.read_answer().status == 200);
  CHECK(client.read_answer().status == 200);
  CHECK(client.read_answer().status == 404);
  client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(client.read_answer(true).status == 200);
  client.send(get("/v1/chat/completions"));
  CHECK(client.read_answer().status == 405);
}

}  // namespace
}  // namespace nearfar::tests
