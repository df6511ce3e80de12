#include "providers/dialects/sse_reader.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace nearfar;
using providers::sse_event;
using providers::sse_reader;

namespace {

struct seen_event {
  std::string name;
  std::string data;
  bool operator==(const seen_event&) const = default;
};

struct seen {
  std::vector<seen_event> events;  // those with data
  std::string raw;
  std::size_t comments = 0;
};

void take(sse_reader& reader, seen& out) {
  sse_event event;
  while (true) {
    const auto more = reader.next(event);
    REQUIRE(more.has_value());
    if (!*more) return;
    out.raw += event.raw;
    if (event.comment_only) {
      ++out.comments;
    } else {
      out.events.push_back({std::string{event.name}, std::string{event.data}});
    }
  }
}

seen read_whole(std::string_view text) {
  sse_reader reader;
  seen out;
  reader.push(text);
  take(reader, out);
  return out;
}

}  // namespace

TEST_CASE("events end at a blank line, whatever ends the lines") {
  const std::vector<seen_event> wanted = {{"", "one"}, {"ping", "two\nthree"}, {"", ""}};
  CHECK(read_whole("data: one\n\nevent: ping\ndata: two\ndata: three\n\ndata\n\n").events == wanted);
  CHECK(read_whole("data: one\r\n\r\nevent: ping\r\ndata: two\r\ndata: three\r\n\r\ndata\r\n\r\n").events ==
        wanted);
  CHECK(read_whole("data: one\r\revent: ping\rdata: two\rdata: three\r\rdata\r\r").events == wanted);
  CHECK(read_whole("data: one\r\n\nevent: ping\rdata: two\ndata: three\n\r\ndata\r\r\n").events == wanted);
}

TEST_CASE("one space after the colon is dropped, and none need be there", "[trap33]") {
  CHECK(read_whole("data:x\n\n").events == std::vector<seen_event>{{"", "x"}});
  CHECK(read_whole("data:  x \n\n").events == std::vector<seen_event>{{"", " x "}});
  CHECK(read_whole("data: {\"a\": 1}\n\n").events == std::vector<seen_event>{{"", "{\"a\": 1}"}});
}

TEST_CASE("comments, stray blank lines and unknown fields carry no data", "[trap33]") {
  const auto got = read_whole(": OPENROUTER PROCESSING\n\n\n\nid: 7\nretry: 10\n\n: x\ndata: y\n\n");
  CHECK(got.comments == 4);
  CHECK(got.events == std::vector<seen_event>{{"", "y"}});
  CHECK(got.raw == ": OPENROUTER PROCESSING\n\n\n\nid: 7\nretry: 10\n\n: x\ndata: y\n\n");
}

TEST_CASE("a byte order mark is dropped at the start of a stream only") {
  CHECK(read_whole("\xef\xbb\xbf"
                   "data: x\n\n")
            .events == std::vector<seen_event>{{"", "x"}});
  CHECK(read_whole("data: x\n\n\xef\xbb\xbf"
                   "data: y\n\n")
            .events.size() == 1);
}

TEST_CASE("a whole event in one push is a view of the pushed bytes") {
  const std::string first = "data: a\n\ndata: b\n\nda";
  const std::string second = "ta: c\n\ndata: d\n\n";
  sse_reader reader;
  sse_event event;
  reader.push(first);
  REQUIRE(*reader.next(event));
  CHECK(event.raw.data() == first.data());
  CHECK(event.data.data() == first.data() + 6);
  REQUIRE(*reader.next(event));
  CHECK(event.raw.data() == first.data() + 9);
  REQUIRE_FALSE(*reader.next(event));
  CHECK(reader.pending() == 2);
  reader.push(second);
  REQUIRE(*reader.next(event));
  CHECK(event.raw == "data: c\n\n");
  REQUIRE(*reader.next(event));
  CHECK(event.raw.data() == second.data() + 7);
  REQUIRE_FALSE(*reader.next(event));
  CHECK(reader.pending() == 0);
}

TEST_CASE("a stream reads the same wherever it is split", "[P7]") {
  const std::string_view streams[] = {
      "\xef\xbb\xbf"
      "data: one\n\n: hello\n\nevent: e\ndata: t\xc3\xa9\ndata: three\n\n\ndata:[DONE]\n\n",
      "data: one\r\n\r\n: hello\r\n\r\nevent: e\r\ndata: two\r\ndata: three\r\n\r\ndata: [DONE]\r\n\r\n",
      "data: one\r\r: hello\r\revent: e\rdata: two\r\ndata: three\n\r\rdata: [DONE]\r\r",
  };
  for (const std::string_view text : streams) {
    const seen whole = read_whole(text);
    CHECK(whole.raw == text);
    for (std::size_t a = 0; a <= text.size(); ++a) {
      for (std::size_t b = a; b <= text.size(); ++b) {
        sse_reader reader;
        seen got;
        for (const std::string_view piece : {text.substr(0, a), text.substr(a, b - a), text.substr(b)}) {
          std::string moving{piece};  // the pushed bytes may die when next() has said false
          reader.push(moving);
          take(reader, got);
        }
        if (got.events != whole.events || got.raw != text) FAIL("split at " << a << " and " << b);
      }
    }
    sse_reader reader;
    seen got;
    for (const char c : text) {
      reader.push({&c, 1});
      take(reader, got);
    }
    CHECK((got.events == whole.events && got.raw == text));
  }
}

TEST_CASE("what was given lives until the next push") {
  sse_reader reader;
  sse_event first;
  sse_event second;
  sse_event third;
  reader.push("data: a\n");
  REQUIRE_FALSE(*reader.next(first));
  const std::string rest = "data: b\n\ndata: c\ndata: d\n\ndata: e\ndata: f\n\ndata: unfinished";
  reader.push(rest);
  REQUIRE(*reader.next(first));
  REQUIRE(*reader.next(second));
  REQUIRE(*reader.next(third));
  sse_event none;
  REQUIRE_FALSE(*reader.next(none));
  CHECK(first.raw == "data: a\ndata: b\n\n");
  CHECK(first.data == "a\nb");
  CHECK(second.data == "c\nd");
  CHECK(third.data == "e\nf");
}

TEST_CASE("bytes pushed before the last were taken are not lost") {
  sse_reader reader;
  seen got;
  reader.push("data: a\n\ndata: b\n");
  reader.push("\ndata: c\n\n");
  take(reader, got);
  CHECK(got.events.size() == 3);
  CHECK(got.raw == "data: a\n\ndata: b\n\ndata: c\n\n");
}

TEST_CASE("an unfinished event is pending, not an event", "[P2]") {
  sse_reader reader;
  sse_event event;
  reader.push("data: x\n");
  REQUIRE_FALSE(*reader.next(event));
  CHECK(reader.pending() == 8);
  reader.reset();
  CHECK(reader.pending() == 0);
  reader.push("data: y\n\n");
  REQUIRE(*reader.next(event));
  CHECK(event.data == "y");
}

TEST_CASE("an event over the limit is an error and stays one") {
  sse_reader reader;
  sse_event event;
  const std::string block(1024 * 1024, 'x');
  std::size_t pushed = 0;
  bool refused = false;
  while (!refused && pushed < 2 * providers::max_event) {
    reader.push(block);
    pushed += block.size();
    refused = reader.next(event).has_error();
  }
  CHECK(pushed == providers::max_event + block.size());
  reader.push("data: y\n\n");
  const auto again = reader.next(event);
  REQUIRE(again.has_error());
  CHECK(again.error().kind == routes::error_kind::bad_event);
}
