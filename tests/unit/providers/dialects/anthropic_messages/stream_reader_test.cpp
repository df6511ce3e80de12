#include "providers/dialects/anthropic_messages/stream_reader.hpp"

#include "providers/dialects/anthropic_messages/stream_writer.hpp"
#include "tests/unit/providers/dialects/anthropic_messages/samples.hpp"

#include <catch2/generators/catch_generators.hpp>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::anthropic_messages;
using chat::event_kind;

namespace {

// An event's data is one line.
std::string flat(std::string_view text) {
  std::string out{text};
  std::erase(out, '\n');
  return out;
}

std::string sse(std::initializer_list<std::string_view> events) {
  std::string out;
  for (const std::string_view each : events) {
    const auto type = value_of(each).at("type").as_string();
    out.append("event: ")
        .append(type.data(), type.size())
        .append("\ndata: ")
        .append(flat(each))
        .append("\n\n");
  }
  return out;
}

constexpr std::string_view started =
    R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],
"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"cache_creation_input_tokens":3,
"cache_read_input_tokens":4,"output_tokens":1}}})";

std::string with_start(std::initializer_list<std::string_view> events) {
  return sse({flat(started)}) + sse(events);
}

}  // namespace

TEST_CASE("a stream's events, thoughts, text and calls in their order") {
  const auto events = events_of(with_start({
      R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}})",
      R"({"type":"ping"})",
      R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}})",
      R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}})",
      R"({"type":"content_block_stop","index":0})",
      R"({"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"ZGF0"}})",
      R"({"type":"content_block_stop","index":1})",
      R"({"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}})",
      R"({"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Hi \u00e9"}})",
      R"({"type":"content_block_stop","index":2})",
      R"({"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}}})",
      R"({"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}})",
      R"({"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}})",
      R"({"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"1}"}})",
      R"({"type":"content_block_stop","index":3})",
      R"({"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":15}})",
      R"({"type":"message_stop"})",
  }));
  std::vector<event_kind> kinds;
  for (const auto& each : events) kinds.push_back(each.kind);
  CHECK(kinds == std::vector<event_kind>{event_kind::start, event_kind::usage, event_kind::ping,
                                         event_kind::thinking, event_kind::signature, event_kind::signature,
                                         event_kind::text, event_kind::tool_call, event_kind::tool_arguments,
                                         event_kind::tool_arguments, event_kind::finish, event_kind::usage,
                                         event_kind::end});
  CHECK(events[0].id == "msg_1");
  CHECK(events[0].name == "m");
  CHECK(events[4].text == "c2ln");
  CHECK(events[4].issuer == "anthropic-messages");
  CHECK_FALSE(events[4].redacted);
  CHECK(events[5].redacted);
  CHECK(events[6].text == "Hi \xc3\xa9");
  CHECK(events[7].index == 0);
  CHECK(events[7].id == "toolu_1");
  CHECK(all_text(events, event_kind::tool_arguments) == R"({"a":1})");
  CHECK(events[10].why == chat::finish::tool_calls);
  CHECK(events[10].native == "tool_use");
}

TEST_CASE("usage is merged over the stream, not added", "[trap26][trap24]") {
  const auto events = events_of(with_start({
      R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":null,
         "cache_read_input_tokens":4,"output_tokens":15,"output_tokens_details":{"thinking_tokens":5}}})",
      R"({"type":"message_stop"})",
  }));
  const auto& tokens = events[events.size() - 2].tokens;
  CHECK(tokens.input == 32);
  CHECK(tokens.cached == 4);
  CHECK(tokens.cache_write == 3);
  CHECK(tokens.output == 15);
  CHECK(tokens.reasoning == 5);
}

TEST_CASE("a call without arguments has an empty object", "[trap15]") {
  const auto [start, wanted] = GENERATE(table<std::string, std::string>({
      {R"({"type":"tool_use","id":"t","name":"f","input":{}})", "{}"},
      {R"({"type":"tool_use","id":"t","name":"f"})", "{}"},
      {R"({"type":"tool_use","id":"t","name":"f","input":{"a": [1]}})", R"({"a": [1]})"},
  }));
  const auto events = events_of(with_start(
      {R"({"type":"content_block_start","index":0,"content_block":)" + start + "}",
       R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":""}})",
       R"({"type":"content_block_stop","index":0})", R"({"type":"message_stop"})"}));
  CHECK(all_text(events, event_kind::tool_arguments) == wanted);
}

TEST_CASE("calls are counted from zero, whatever blocks stand between them") {
  const auto events = events_of(with_start({
      R"({"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"s","name":"web_search","input":{}}})",
      R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}})",
      R"({"type":"content_block_stop","index":0})",
      R"({"type":"content_block_start","index":1,"content_block":{"type":"web_search_tool_result","tool_use_id":"s","content":[]}})",
      R"({"type":"content_block_stop","index":1})",
      R"({"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"a","name":"f","input":{}}})",
      R"({"type":"content_block_stop","index":2})",
      R"({"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"b","name":"g","input":{}}})",
      R"({"type":"content_block_stop","index":3})",
      R"({"type":"message_stop"})",
  }));
  std::vector<std::string> calls;
  for (const auto& each : events) {
    if (each.kind == event_kind::tool_call) calls.push_back(std::to_string(each.index) + each.id);
  }
  CHECK(calls == std::vector<std::string>{"0a", "1b"});
  CHECK(all_text(events, event_kind::text).empty());
}

TEST_CASE("an error in the stream is one, by its words", "[trap28]") {
  const auto events = events_of(
      with_start({R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"}));
  REQUIRE(events.back().kind == event_kind::error);
  CHECK(events.back().failure == routes::error_kind::overloaded);
  CHECK(events_of("event: error\ndata: oops\n\n").back().failure == routes::error_kind::server_error);
}

TEST_CASE("comments, blanks after colons and events of tomorrow are no matter", "[trap33]") {
  const auto events = events_of(
      ": hello\n\ndata:{\"type\":\"of_tomorrow\",\"x\":[1]}\n\nevent:message_stop\n"
      "data:{\"type\":\"message_stop\"}\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\n");
  REQUIRE(events.size() == 1);
  CHECK(events[0].kind == event_kind::end);
}

TEST_CASE("a stream that closes is whole only when it has said why it ended") {
  const auto said =
      with_start({R"({"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{}})"});
  CHECK(events_of(said).back().kind == event_kind::end);
  CHECK(events_of(
            with_start(
                {R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}})"}))
            .back()
            .kind == event_kind::text);
}

TEST_CASE("a malformed event is told and says nothing") {
  const auto text =
      GENERATE("nothing", "{", "[]", R"({"type":"content_block_delta","delta":{"text":}})",
               R"({"type":"ping"}})", R"({"type":"content_block_delta","index":"x"})",
               R"({"type":"content_block_start","content_block":{"type":"text","text":"\ud800"}})");
  const auto reader = codec_of(config::dialect::anthropic_messages)->make_stream_reader();
  std::vector<chat::answer_event> out;
  INFO(text);
  CHECK_FALSE(reader->read({.raw = {}, .name = {}, .data = text}, out));
  CHECK(out.empty());
}

TEST_CASE("reasons in no dialect") {
  const auto [native, why] = GENERATE(table<std::string, chat::finish>({
      {"end_turn", chat::finish::stop},
      {"stop_sequence", chat::finish::stop},
      {"pause_turn", chat::finish::stop},
      {"max_tokens", chat::finish::length},
      {"model_context_window_exceeded", chat::finish::length},
      {"tool_use", chat::finish::tool_calls},
      {"refusal", chat::finish::content_filter},
      {"of_tomorrow", chat::finish::other},
  }));
  const auto events = events_of(
      sse({R"({"type":"message_delta","delta":{"stop_reason":")" + native + R"(","stop_sequence":"END"}})"}));
  REQUIRE(events.front().kind == event_kind::finish);
  CHECK(events.front().why == why);
  CHECK(events.front().native == native);
  CHECK(events.front().stop_sequence == "END");
}

TEST_CASE("a citation of the web has its place in the text") {
  const auto events = events_of(with_start({
      R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":"\u00e9\u00e9 "}})",
      R"({"type":"content_block_stop","index":0})",
      R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}})",
      R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"abcd"}})",
      R"({"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":
         {"type":"web_search_result_location","url":"https://x","title":"t","cited_text":"c"}}})",
      R"({"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"type":"char_location"}}})",
  }));
  const auto cited = value_of(all_text(events, event_kind::annotation));
  CHECK(cited == value_of(R"({"type":"url_citation","url_citation":
      {"url":"https://x","title":"t","start_index":3,"end_index":7}})"));
}
