#include "providers/dialects/event_observer.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using nearfar::config::dialect;
using nearfar::providers::codec_of;
using nearfar::providers::event_observer;
using nearfar::providers::observed;
using nearfar::providers::sse_event;

namespace {

observed hear(event_observer& to, std::string_view data) {
  sse_event event;
  event.data = data;
  return to.observe(event);
}

constexpr std::string_view begin =
    R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"c","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}})";
constexpr std::string_view thinks =
    R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}})";
constexpr std::string_view thought =
    R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}})";
constexpr std::string_view text_begins =
    R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}})";
constexpr std::string_view text =
    R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hello"}})";
constexpr std::string_view finish =
    R"({"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":7}})";
constexpr std::string_view stop = R"({"type":"message_stop"})";

}  // namespace

TEST_CASE("a stream is watched through its dialect's reader") {
  event_observer seen(*codec_of(dialect::anthropic_messages));
  seen.reset(1);
  seen.keep_text();
  CHECK(hear(seen, begin) != observed::content);
  CHECK_FALSE(seen.any_content());
  hear(seen, thinks);
  CHECK(hear(seen, thought) == observed::content);
  CHECK(seen.shown().in_reasoning);
  hear(seen, R"({"type":"content_block_stop","index":0})");
  hear(seen, text_begins);
  CHECK(hear(seen, text) == observed::content);
  CHECK(seen.text() == "Hello");
  CHECK_FALSE(seen.shown().in_reasoning);
  const auto begun = seen.begun();
  CHECK(begun.id == "msg_1");
  CHECK(begun.model == "c");
  CHECK(begun.block == 1);
  REQUIRE(begun.before.size() == 1);
  CHECK(begun.before.front().text == "hm");
  CHECK(hear(seen, finish) == observed::finish);
  CHECK(seen.finished());
  CHECK(seen.finish_reason() == "stop");
  CHECK(hear(seen, stop) == observed::done);
  REQUIRE(seen.tokens());
  CHECK(seen.tokens()->output == 7);
  CHECK(seen.content_events() == 2);
}

TEST_CASE("an error inside a stream is one, and what is garbled is bad") {
  event_observer seen(*codec_of(dialect::anthropic_messages));
  seen.reset(1);
  hear(seen, begin);
  CHECK(hear(seen, R"({"type":"content_block_delta","ind)") == observed::bad);
  CHECK(hear(seen, R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})") ==
        observed::error);
  REQUIRE(seen.last_error());
  CHECK(seen.last_error()->kind == nearfar::routes::error_kind::overloaded);
}

TEST_CASE("a dialect that ends with its body ends well after a finish reason alone") {
  event_observer seen(*codec_of(dialect::gemini));
  seen.reset(1);
  hear(seen, R"({"candidates":[{"content":{"role":"model","parts":[{"text":"Hi"}]},"index":0}]})");
  CHECK(seen.close() != observed::done);
  seen.reset(1);
  hear(
      seen,
      R"({"candidates":[{"content":{"role":"model","parts":[{"text":"Hi"}]},"finishReason":"STOP","index":0}]})");
  CHECK(seen.close() == observed::done);
  CHECK(seen.finished());
}
