#include "providers/http/response_head.hpp"

#include "tests/unit/providers/http/print_result.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace nearfar;
using namespace nearfar::providers;

namespace {

bool refused(std::string_view text) {
  response_head head;
  const auto got = parse_response_head(text, head);
  return !got && got.error().kind == routes::error_kind::bad_answer;
}

response_head parsed(std::string_view text) {
  response_head head;
  const auto got = parse_response_head(text, head);
  REQUIRE(got.has_value());
  REQUIRE(got->has_value());
  CHECK(**got == head.size);
  return head;
}

}  // namespace

TEST_CASE("a head is spans of the text it was read from, at every length") {
  const std::string text =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Request-Id:  abc \r\nempty:\r\n"
      "Content-Length: 12\r\n\r\nhello";
  const std::size_t size = text.find("hello");
  response_head head;
  for (std::size_t i = 0; i < size; ++i) {
    const auto got = parse_response_head(std::string_view(text).substr(0, i), head);
    REQUIRE(got.has_value());
    CHECK(!got->has_value());
  }
  head = parsed(text);
  CHECK(head.size == size);
  CHECK(head.status == 200);
  CHECK(head.keep_alive);
  CHECK(head.framing == body_framing::length);
  CHECK(head.length == 12);
  CHECK(head.content_type == "text/event-stream");
  CHECK(head.find("x-request-id") == "abc");
  CHECK(head.find("empty").empty());
  CHECK(head.find("missing").empty());
  REQUIRE(head.fields.size() == 4);
  for (const auto& f : head.fields) {
    CHECK(f.name.data() >= text.data());
    CHECK(f.name.data() < text.data() + size);
  }
}

TEST_CASE("the framing of a body follows RFC 9112 section 6.3") {
  CHECK(parsed("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n").framing == body_framing::chunked);
  CHECK(parsed("HTTP/1.1 200 OK\r\n\r\n").framing == body_framing::until_close);
  CHECK(!parsed("HTTP/1.1 200 OK\r\n\r\n").keep_alive);
  CHECK(parsed("HTTP/1.1 204 No Content\r\n\r\n").framing == body_framing::none);
  CHECK(parsed("HTTP/1.1 204 No Content\r\n\r\n").keep_alive);
  CHECK(parsed("HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\n\r\n").framing == body_framing::none);
  CHECK(parsed("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").length == 0);
}

TEST_CASE("a connection is kept as its version and Connection field say") {
  const std::string length = "content-length: 0\r\n";
  CHECK(parsed("HTTP/1.1 200 OK\r\n" + length + "\r\n").keep_alive);
  CHECK(!parsed("HTTP/1.1 200 OK\r\n" + length + "Connection: x, Close\r\n\r\n").keep_alive);
  CHECK(!parsed("HTTP/1.0 200 OK\r\n" + length + "\r\n").keep_alive);
  CHECK(parsed("HTTP/1.0 200 OK\r\n" + length + "connection: Keep-Alive\r\n\r\n").keep_alive);
  CHECK(!parsed("HTTP/1.1 200 OK\r\n" + length + "connection: keep-alive\r\nconnection: close\r\n\r\n")
             .keep_alive);
}

TEST_CASE("interim answers are skipped") {
  const std::string text =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\ncontent-type: no\r\n\r\n"
      "HTTP/1.1 201 Created\r\ncontent-length: 3\r\n\r\nabc";
  const auto head = parsed(text);
  CHECK(head.status == 201);
  CHECK(head.size == text.size() - 3);
  CHECK(head.fields.size() == 1);
  CHECK(head.content_type.empty());
  response_head partial;
  const auto got = parse_response_head("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2", partial);
  REQUIRE(got.has_value());
  CHECK(!got->has_value());
}

TEST_CASE("a head that could be read in two ways is refused", "[P2]") {
  const std::string_view corpus[] = {
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\n",
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n",
      "HTTP/1.1 200 OK\r\ncontent-length: 2, 2\r\n\r\n",
      "HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\n",
      "HTTP/1.1 200 OK\r\ncontent-length: 0x2\r\n\r\n",
      "HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\n",
      "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n",
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, identity\r\n\r\n",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: xchunked\r\n\r\n",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\n",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
      "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
      "HTTP/1.1 200 OK\r\nx: a\r\n b\r\n\r\n",
      "HTTP/1.1 200 OK\r\nx:\r\n b\r\n\r\n",
      "HTTP/1.1 200 OK\r\nx:\r\n \r\n\r\n",
      "HTTP/1.1 200 OK\r\nx : a\r\n\r\n",
      "HTTP/1.1 200 OK\nx: a\n\n",
      "HTTP/1.1 200 OK\r\nx: a\x01\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n",
      "HTTP/1.1 099 No\r\n\r\n",
      "HTTP/2.0 200 OK\r\n\r\n",
      "HTTP/1.2 200 OK\r\n\r\n",
      "HTTP/1.1  200 OK\r\n\r\n",
      "HTTP/1.1 200\r\n\r\n",
      "HTTP/1.1 -20 OK\r\n\r\n",
      "HTTP/1.1 20 OK\r\n\r\n",
      "HTTP/1.1 2000 OK\r\n\r\n",
      "HTTP/1.1 200 O\x01K\r\n\r\n",
      "HTTP/1.1 200 O\rK\r\n\r\n",
      "\r\nHTTP/1.1 200 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nx: a\rb\r\n\r\n",
      "HTTP/1.1 200 OK\r\n: a\r\n\r\n",
      "HTTP/1.1 200 OK\r\nx\r\n\r\n",
      "SSH-2.0-OpenSSH_9.2\r\n\r\n",
      "\x15\x03\x01\x02\x02\r\n\r\n",
  };
  for (const auto text : corpus) {
    CAPTURE(text);
    CHECK(refused(text));
  }
}

TEST_CASE("what a Connection field names is for this connection alone") {
  const auto head =
      parsed("HTTP/1.1 200 OK\r\nX-Hop: 1\r\nConnection: x-hop\r\nx-other: 2\r\ncontent-length: 0\r\n\r\n");
  REQUIRE(head.fields.size() == 4);
  CHECK(head.fields[0].is.goes == passage::nowhere);
  CHECK(head.fields[2].is.goes == passage::anywhere);
  CHECK(refused("HTTP/1.1 200 OK\r\nconnection: a b\r\n\r\n"));
  CHECK(refused("HTTP/1.1 200 OK\r\nproxy-connection: \"a\"\r\n\r\n"));
}

TEST_CASE("a head longer than 64 KiB is refused, whole or not") {
  std::string text = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 700; ++i) text += "x-filler: " + std::string(86, 'x') + "\r\n";
  REQUIRE(text.size() > max_response_head);
  CHECK(refused(text));
  CHECK(refused(text + "\r\n"));
  std::string interim;
  while (interim.size() < max_response_head) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  CHECK(refused(interim));
}

TEST_CASE("a head object keeps its capacity between answers") {
  response_head head;
  const std::string_view text = "HTTP/1.1 200 OK\r\na: 1\r\nb: 2\r\nc: 3\r\ncontent-length: 0\r\n\r\n";
  REQUIRE(parse_response_head(text, head));
  const auto* where = head.fields.data();
  REQUIRE(parse_response_head(text, head));
  CHECK(head.fields.data() == where);
  CHECK(head.fields.size() == 4);
}
