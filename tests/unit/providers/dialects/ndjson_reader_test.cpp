#include "providers/dialects/ndjson_reader.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using nearfar::providers::ndjson_reader;
using nearfar::providers::sse_event;

TEST_CASE("lines are events at every split") {
  const std::string all = "{\"a\":1}\r\n\n{\"b\":2}\n{\"c\"";
  for (std::size_t step = 1; step <= all.size(); ++step) {
    ndjson_reader reader;
    std::vector<std::string> seen;
    std::string raw;
    for (std::size_t at = 0; at < all.size(); at += step) {
      reader.push(std::string_view(all).substr(at, step));
      sse_event event;
      for (;;) {
        const auto more = reader.next(event);
        REQUIRE(more);
        if (!*more) break;
        raw += event.raw;
        if (!event.comment_only) seen.emplace_back(event.data);
      }
    }
    CHECK(seen == std::vector<std::string>{"{\"a\":1}", "{\"b\":2}"});
    CHECK(reader.pending() == 4);
    CHECK(raw == all.substr(0, all.size() - 4));
  }
}

TEST_CASE("a line without end is an error and not memory") {
  ndjson_reader reader;
  const std::string piece(1024 * 1024, 'x');
  sse_event event;
  bool refused = false;
  for (int i = 0; i < 9 && !refused; ++i) {
    reader.push(piece);
    refused = !reader.next(event);
  }
  CHECK(refused);
  reader.reset();
  reader.push("{}\n");
  CHECK(*reader.next(event));
}
