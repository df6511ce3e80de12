#include "providers/http/chunk_reader.hpp"

#include "tests/unit/providers/http/print_result.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>

using namespace nearfar::providers;

namespace {

struct outcome {
  std::string data;
  std::size_t consumed = 0;
  bool done = false;
  bool failed = false;
  bool operator==(const outcome&) const = default;
};

// Feeds `bytes` in pieces of the given sizes (the last repeats), as a reader that keeps what was not
// consumed would.
outcome decode(std::string_view bytes, std::size_t first, std::size_t then, chunk_limits limits = {}) {
  chunk_reader reader(limits);
  outcome out;
  std::size_t here = std::min(first, bytes.size());
  for (;;) {
    const auto step = reader.feed(bytes.substr(out.consumed, here - out.consumed));
    if (!step) {
      out.failed = true;
      return out;
    }
    out.data += step->data;
    out.consumed += step->consumed;
    out.done = reader.done();
    if (out.done) return out;
    if (step->consumed > 0) continue;
    if (here == bytes.size()) return out;
    here = std::min(here + then, bytes.size());
  }
}

outcome decode(std::string_view bytes) {
  return decode(bytes, bytes.size(), bytes.size());
}

}  // namespace

TEST_CASE("chunks are decoded the same at every split of their bytes") {
  const std::string_view corpus[] = {
      "0\r\n\r\n",
      "5\r\nhello\r\n0\r\n\r\n",
      "5\r\nhello\r\n1\r\n \r\n0005\r\nworld\r\n0\r\n\r\n",
      "A\r\n0123456789\r\na;name=value;b=\"q;\t\xc3\xa9\"\r\n0123456789\r\n0;last\r\nx-trailer: "
      "1\r\ny:\r\n\r\n",
      "3 ;x\r\n\r\n\r\r\n0\t;\r\n\r\n",
  };
  for (const auto text : corpus) {
    CAPTURE(text);
    const outcome whole = decode(text);
    CHECK(whole.done);
    CHECK(whole.consumed == text.size());
    CHECK(decode(text, 1, 1) == whole);
    for (std::size_t i = 0; i <= text.size(); ++i) CHECK(decode(text, i, text.size()) == whole);
    for (std::size_t i = 0; i < text.size(); ++i) CHECK(!decode(text.substr(0, i)).done);
  }
  CHECK(decode(corpus[2]).data == "hello world");
  CHECK(decode(corpus[4]).data == "\r\n\r");
}

TEST_CASE("what comes behind the last chunk is left for the next message") {
  const outcome got = decode("2\r\nhi\r\n0\r\n\r\nGET / HTTP/1.1\r\n");
  CHECK(got.done);
  CHECK(got.data == "hi");
  CHECK(got.consumed == 12);
}

TEST_CASE("the end is known together with the last piece when it is there") {
  chunk_reader reader;
  const auto step = reader.feed("2\r\nhi\r\n0\r\n\r\n");
  REQUIRE(step);
  CHECK(step->data == "hi");
  CHECK(reader.done());
  reader.reset();
  CHECK(!reader.done());
  CHECK(reader.feed("1\r\nx")->data == "x");
}

TEST_CASE("good data comes before the fault behind it") {
  chunk_reader reader;
  const std::string_view text = "2\r\nhi\r\nzz";
  const auto step = reader.feed(text);
  REQUIRE(step);
  CHECK(step->data == "hi");
  const auto next = reader.feed(text.substr(step->consumed));
  REQUIRE(!next);
  CHECK(next.error().kind == nearfar::routes::error_kind::bad_answer);
  CHECK(!reader.feed("0\r\n\r\n"));
}

TEST_CASE("malformed chunks are refused at every split", "[P2]") {
  const std::string_view corpus[] = {
      "\r\n",                     // no size
      "g\r\n",                    // no hex
      "-1\r\n",                   // sign
      "+1\r\nx\r\n",              //
      "0x1\r\nx\r\n",             //
      " 1\r\nx\r\n",              // blank before
      "1 \r\nx\r\n",              // blank behind without an extension
      "1 2\r\nx\r\n",             //
      "1\nx\n0\n\n",              // bare line feeds
      "1\r\rx",                   //
      "1;a\nb\r\n",               // bare line feed in an extension
      "1;a\x01\r\nx",             //
      "1\r\nxy\r\n",              // longer than its size
      "1\r\nx\ry",                //
      "1\r\nx\n",                 //
      "1000000000000000\r\n",     // 16 digits
      "0000000000000001\r\n",     //
      "0\r\n: no name\r\n\r\n",   //
      "0\r\nno colon\r\n\r\n",    //
      "0\r\n folded: x\r\n\r\n",  //
      "0\r\nx: 1\n\r\n",          //
      "0\r\n\rX",                 //
  };
  for (const auto text : corpus) {
    CAPTURE(text);
    CHECK(decode(text).failed);
    CHECK(decode(text, 1, 1).failed);
    for (std::size_t i = 0; i <= text.size(); ++i) CHECK(decode(text, i, text.size()).failed);
  }
}

TEST_CASE("extensions and trailers have limits") {
  chunk_limits limits;
  limits.extension = 8;
  limits.trailers = 16;
  const auto with = [&](const std::string& text) { return decode(text, text.size(), 1, limits); };
  CHECK(with("1;1234567\r\nx\r\n1;1234567\r\ny\r\n0\r\n\r\n").done);
  CHECK(with("1;12345678\r\nx\r\n0\r\n\r\n").failed);
  CHECK(with("0\r\na: 1\r\nb: 2\r\n\r\n").done);
  CHECK(with("0\r\na: 1\r\nb: 2\r\nc: 3\r\n\r\n").failed);
}
