#include "gateway/request_head.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace nearfar::gateway;

namespace {

struct corpus_case {
  std::string name;
  int status = 0;
  std::string bytes;
};

std::vector<corpus_case> corpus() {
  std::vector<corpus_case> all;
  for (const auto& entry :
       std::filesystem::directory_iterator(NEARFAR_SOURCE_DIR "/tests/unit/gateway/ingress_corpus")) {
    if (entry.path().extension() != ".http") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const std::string name = entry.path().stem().string();
    all.push_back({name, std::stoi(name), std::move(bytes)});
  }
  return all;
}

// 200: passed, 0: more bytes are needed.
int status_of(std::string_view bytes, request_head& head) {
  const auto parsed = parse_request_head(bytes, head);
  if (parsed.has_error()) {
    CHECK_FALSE(parsed.error().message.empty());
    CHECK_FALSE(parsed.error().code.empty());
    return parsed.error().status;
  }
  return *parsed ? 200 : 0;
}

std::string head_of(std::string_view lines) {
  std::string text = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:8484\r\n";
  return text.append(lines).append("\r\n");
}

std::string message_of(const std::string& bytes) {
  request_head head;
  const auto parsed = parse_request_head(bytes, head);
  REQUIRE(parsed.has_error());
  return parsed.error().message;
}

}  // namespace

TEST_CASE("every request of the corpus passes or is refused with its status") {
  const auto all = corpus();
  REQUIRE(all.size() > 70);
  request_head head;
  for (const auto& each : all) {
    INFO(each.name);
    CHECK(status_of(each.bytes, head) == each.status);
  }
}

TEST_CASE("every request of the corpus ends the same when it comes byte by byte") {
  request_head head;
  for (const auto& each : corpus()) {
    INFO(each.name);
    std::size_t length = 0;
    int status = 0;
    // Long heads in larger steps: the work is quadratic.
    const std::size_t step = each.bytes.size() > 4096 ? 997 : 1;
    while (status == 0 && length < each.bytes.size()) {
      length = std::min(length + step, each.bytes.size());
      // A block of exactly this size: a sanitizer sees any read beyond it.
      const std::vector<char> exact(each.bytes.begin(),
                                    each.bytes.begin() + static_cast<std::ptrdiff_t>(length));
      status = status_of({exact.data(), exact.size()}, head);
      if (step == 1 && status == 200) CHECK(head.size == length);
    }
    CHECK(status == each.status);
  }
}

TEST_CASE("the spans of a head point into its bytes") {
  const std::string bytes =
      "POST /v1/chat/completions?beta=1 HTTP/1.1\r\nHost: localhost:8484\r\nOrigin: https://a.example\r\n"
      "Content-Length:  12 \r\nX-Nearfar-Tag: voice\r\nExpect: 100-continue\r\n\r\n{\"model\":\"a\"";
  request_head head;
  REQUIRE(status_of(bytes, head) == 200);
  CHECK(head.method == "POST");
  CHECK(head.target == "/v1/chat/completions?beta=1");
  CHECK(head.path == "/v1/chat/completions");
  CHECK(head.query == "beta=1");
  CHECK(head.version == 11);
  CHECK(head.host == "localhost:8484");
  CHECK(head.origin == "https://a.example");
  CHECK(head.content_length == 12);
  CHECK_FALSE(head.chunked);
  CHECK(head.expect_continue);
  CHECK(head.keep_alive);
  CHECK_FALSE(head.upgrade_websocket);
  CHECK(head.size == bytes.size() - 12);
  REQUIRE(head.fields.size() == 5);
  CHECK(head.find("x-nearfar-tag") == "voice");
  CHECK(head.find("x-absent").empty());
  for (const auto& field : head.fields) {
    CHECK(field.name.data() > bytes.data());
    CHECK(field.value.data() + field.value.size() < bytes.data() + bytes.size());
  }
}

TEST_CASE("a head is used again without remnants of the last one") {
  request_head head;
  REQUIRE(
      status_of(head_of("Content-Length: 3\r\nOrigin: x\r\nConnection: close\r\nExpect: 100-continue\r\n"),
                head) == 200);
  REQUIRE(status_of("GET / HTTP/1.0\r\n\r\n", head) == 200);
  CHECK_FALSE(head.content_length);
  CHECK(head.origin.empty());
  CHECK(head.host.empty());
  CHECK(head.fields.empty());
  CHECK_FALSE(head.expect_continue);
  REQUIRE(status_of(head_of("Transfer-Encoding: chunked\r\n"), head) == 200);
  CHECK(head.chunked);
  CHECK(head.keep_alive);
}

TEST_CASE("whether the connection stays open follows version and Connection") {
  const auto kept = [](const std::string& bytes) {
    request_head head;
    REQUIRE(status_of(bytes, head) == 200);
    return head.keep_alive;
  };
  CHECK(kept(head_of("")));
  CHECK_FALSE(kept(head_of("Connection: close\r\n")));
  CHECK_FALSE(kept(head_of("Connection: keep-alive\r\nConnection: x, CLOSE\r\n")));
  CHECK_FALSE(kept("GET / HTTP/1.0\r\n\r\n"));
  CHECK(kept("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST_CASE("an absolute form is read as path and host") {
  request_head head;
  REQUIRE(status_of("GET http://A.example:81/v1/models?x HTTP/1.1\r\nHost: other\r\n\r\n", head) == 200);
  CHECK(head.path == "/v1/models");
  CHECK(head.query == "x");
  CHECK(head.host == "A.example:81");
  REQUIRE(status_of("GET https://a.example?x HTTP/1.1\r\nHost: a.example\r\n\r\n", head) == 200);
  CHECK(head.path == "/");
  CHECK(head.query == "x");
  REQUIRE(status_of("OPTIONS http://a.example HTTP/1.1\r\nHost: a.example\r\n\r\n", head) == 200);
  CHECK(head.path == "*");
}

TEST_CASE("a WebSocket upgrade is flagged, another one is not") {
  request_head head;
  REQUIRE(status_of("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n", head) ==
          200);
  CHECK(head.upgrade_websocket);
  REQUIRE(status_of("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", head) == 200);
  CHECK_FALSE(head.upgrade_websocket);
  REQUIRE(status_of("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n", head) == 200);
  CHECK_FALSE(head.upgrade_websocket);
}

TEST_CASE("an expectation on HTTP/1.0 is ignored") {
  request_head head;
  REQUIRE(status_of("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", head) == 200);
  CHECK_FALSE(head.expect_continue);
}

TEST_CASE("a refusal names the place and the cure") {
  CHECK(message_of(head_of("Content-Length: 1\r\nContent-Length: 1\r\n")) ==
        "Content-Length stands twice: send it once");
  CHECK(message_of(head_of("Transfer-Encoding: gzip\r\n")).find("chunked: send it alone") !=
        std::string::npos);
  CHECK(message_of("GET / HTTP/1.1\r\n\r\n") == "Host is missing: HTTP/1.1 requires it");
  CHECK(message_of(head_of("X-A: b\r\n c\r\n")) == "the field X-A goes on in a second line: send it in one");
  CHECK(message_of("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n").find("fragment") != std::string::npos);
  CHECK(message_of("\x16\x03\x01").find("TLS") != std::string::npos);
}

TEST_CASE("what a Connection field names goes no further", "[P2]") {
  request_head head;
  const std::string bytes = head_of("Connection: close, X-Named\r\nx-named: leak\r\ntraceparent: 00\r\n");
  REQUIRE(status_of(bytes, head) == 200);
  using nearfar::providers::passage;
  for (const auto& field : head.fields) {
    if (field.name == "x-named") CHECK(field.is.goes == passage::nowhere);
    if (field.name == "traceparent") CHECK(field.is.goes == passage::anywhere);
  }
  CHECK_FALSE(head.keep_alive);
}

TEST_CASE("every way to say a refusal has its words") {
  CHECK(message_of("@ / HTTP/1.1\r\nHost: a\r\n\r\n") == "the request line does not begin with a method");
  CHECK(message_of("GET  / HTTP/1.1\r\nHost: a\r\n\r\n") ==
        "the request target holds a byte that must be percent-encoded");
  CHECK(message_of("GET / HTTP/1.1 \r\nHost: a\r\n\r\n") == "the request line does not end with HTTP/1.1");
  CHECK(message_of("GET / HTTP/3.0\r\nHost: a\r\n\r\n") == "only HTTP/1.1 and HTTP/1.0 are spoken");
  CHECK(message_of(head_of("X-A : b\r\n")) ==
        "a line of the head does not begin with a field's name and a colon");
  CHECK(message_of(head_of("X-A: b\x01\r\n")) ==
        "the value of a field holds a byte that is not allowed there");
  CHECK(message_of(head_of("Connection: a b\r\n")) ==
        "the value of a field holds a byte that is not allowed there");
  CHECK(message_of(head_of("X-A: b\rc\r\n")) == "a line of the head does not end with CR LF");
  CHECK(message_of(head_of("Content-Length: +1\r\n")) ==
        "Content-Length must be one number of bytes, without Transfer-Encoding");
  CHECK(message_of(head_of("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n")) ==
        "Content-Length must be one number of bytes, without Transfer-Encoding");
  CHECK(message_of(head_of("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")) ==
        "Transfer-Encoding must stand once, without Content-Length");
  CHECK(message_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") ==
        "Transfer-Encoding is not known on HTTP/1.0: send Content-Length");
}

TEST_CASE("limits are those of the caller") {
  request_head head;
  const std::string bytes = head_of("A: b\r\nC: d\r\n");
  CHECK(*parse_request_head(bytes, head, {bytes.size(), 3}));
  CHECK(parse_request_head(bytes, head, {bytes.size(), 2}).error().status == 431);
  CHECK(parse_request_head(bytes, head, {bytes.size() - 1, 3}).error().status == 431);
  CHECK(parse_request_head(bytes, head, {20, 3}).error().status == 414);
}
