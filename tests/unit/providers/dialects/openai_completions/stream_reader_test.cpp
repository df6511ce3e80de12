#include "providers/dialects/openai_completions/stream_reader.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar;
using namespace nearfar::providers;
using chat::event_kind;

TEST_CASE("a completion's stream is told as events", "[openai-completions]") {
  openai_completions::stream_reader reader;
  std::vector<chat::answer_event> out;
  const auto read = [&](std::string_view data) {
    out.clear();
    return reader.read({.raw = data, .name = {}, .data = data}, out);
  };
  REQUIRE(read(
      R"({"object":"text_completion","choices":[{"text":"a\n","index":1,"finish_reason":null}],"usage":null})"));
  REQUIRE(out.size() == 1);
  CHECK(out[0].text == "a\n");
  CHECK(out[0].choice == 1);
  CHECK_FALSE(read("{"));
  CHECK(out.empty());
  reader.close(out);
  CHECK(out.empty());
  REQUIRE(read(R"({"choices":[{"text":"","index":1,"finish_reason":"length"}]})"));
  REQUIRE(out.size() == 1);
  CHECK(out[0].why == chat::finish::length);
  REQUIRE(read(R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}})"));
  REQUIRE(out.size() == 1);
  CHECK(out[0].tokens->output == 2);
  reader.close(out);
  CHECK(out.back().kind == event_kind::end);
}

TEST_CASE("an error ends a completion's stream", "[openai-completions]") {
  openai_completions::stream_reader reader;
  std::vector<chat::answer_event> out;
  const std::string_view data = R"({"error":{"message":"x","code":"rate_limit_exceeded"}})";
  REQUIRE(reader.read({.raw = data, .name = {}, .data = data}, out));
  REQUIRE(out.size() == 1);
  CHECK(out[0].failure->kind == routes::error_kind::rate_limited);
}
