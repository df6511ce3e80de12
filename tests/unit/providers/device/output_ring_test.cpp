#include "providers/device/output_ring.hpp"

#include <catch2/catch_test_macros.hpp>

using nearfar::providers::output_ring;

TEST_CASE("lines are kept whole however the bytes come", "[device]") {
  output_ring ring;
  ring.feed("on");
  ring.feed("e\ntwo\r\n\nthr");
  CHECK(ring.lines() == std::vector<std::string>{"one", "two", "thr"});
  ring.feed("ee\n");
  CHECK(ring.lines() == std::vector<std::string>{"one", "two", "three"});
}

TEST_CASE("only the last lines are kept, and long ones are cut", "[device]") {
  output_ring ring;
  for (int i = 0; i < 500; ++i) ring.feed(std::to_string(i) + "\n");
  const auto lines = ring.lines();
  REQUIRE(lines.size() == output_ring::max_lines);
  CHECK(lines.front() == "300");
  CHECK(lines.back() == "499");
  ring.feed(std::string(100'000, 'x'));
  CHECK(ring.lines().back().size() == output_ring::max_line);
}

TEST_CASE("control characters do not reach a terminal or a log", "[device]") {
  output_ring ring;
  ring.feed("a\x1b[31mred\x07\n");
  CHECK(ring.lines() == std::vector<std::string>{"a[31mred"});
}

TEST_CASE("the reason of a failure is the first error, else the last line", "[device]") {
  output_ring ring;
  CHECK(ring.reason().empty());
  ring.feed("0.00.001.221 I srv  llama_server: initializing ...\n");
  CHECK(ring.reason() == "0.00.001.221 I srv  llama_server: initializing ...");
  ring.feed("0.00.018.309 E gguf_init: not a model\n0.00.020.000 E srv: exiting\n0.00.030.000 I bye\n");
  CHECK(ring.reason() == "0.00.018.309 E gguf_init: not a model");
  ring.clear();
  ring.feed("this says E as a word far behind the prefix, as in vitamin E pills\nlast");
  CHECK(ring.reason() == "last");
  ring.clear();
  ring.feed("error: invalid argument: --x\nusage\n");
  CHECK(ring.reason() == "error: invalid argument: --x");
}
