#include "gateway/event_array.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

TEST_CASE("events become the elements of one array, at every split") {
  const std::string events = "data: {\"a\":1}\n\n: keep-alive\n\ndata: {\"b\":2}\n\n";
  for (std::size_t step = 1; step <= events.size(); ++step) {
    nearfar::gateway::event_array array;
    std::string out;
    for (std::size_t at = 0; at < events.size(); at += step) array.push(events.substr(at, step), out);
    array.end(out);
    CHECK(out == "[{\"a\":1}\n,\r\n{\"b\":2}\n]");
  }
}

TEST_CASE("a stream without events is an empty array") {
  nearfar::gateway::event_array array;
  std::string out;
  array.end(out);
  CHECK(out == "[]");
}
