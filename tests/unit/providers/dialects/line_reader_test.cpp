#include "providers/dialects/line_reader.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace nearfar;
using namespace nearfar::providers;

TEST_CASE("lines are the same however the bytes were split, and their raw texts are the stream") {
  const std::string text = "{\"a\":1}\r\n\n{\"b\":2}\n   \n{\"c\":\"\xc3\xa9\"}\n{\"rest\":";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    line_reader reader;
    std::vector<std::string> data;
    std::string raw;
    for (std::size_t at = 0; at < text.size(); at += step) {
      reader.push(std::string_view(text).substr(at, step));
      sse_event event;
      while (*reader.next(event)) {
        raw += event.raw;
        if (!event.comment_only) data.emplace_back(event.data);
      }
    }
    CHECK(data == std::vector<std::string>{"{\"a\":1}", "{\"b\":2}", "{\"c\":\"\xc3\xa9\"}"});
    CHECK(reader.pending() == 8);
    sse_event event;
    REQUIRE(reader.last(event));
    CHECK(event.data == "{\"rest\":");
    raw += event.raw;
    CHECK(raw == text);
    CHECK_FALSE(reader.last(event));
  }
}

TEST_CASE("bytes that were not taken stay for the next push") {
  line_reader reader;
  reader.push("a\nb");
  reader.push("c\nd\n");
  sse_event event;
  std::string all;
  while (*reader.next(event)) all.append(event.data).append("|");
  CHECK(all == "a|bc|d|");
}

TEST_CASE("a line over the bound is an error until the reader is reset") {
  line_reader reader;
  const std::string part(max_event / 2 + 1, 'x');
  sse_event event;
  reader.push(part);
  REQUIRE_FALSE(*reader.next(event));
  reader.push(part);
  auto got = reader.next(event);
  REQUIRE(got.has_error());
  CHECK(got.error().kind == routes::error_kind::bad_event);
  CHECK(reader.next(event).has_error());
  CHECK_FALSE(reader.last(event));
  reader.reset();
  reader.push("ok\n");
  CHECK(*reader.next(event));
}
