#include "providers/dialects/anthropic_messages/stream_writer.hpp"

#include "tests/unit/providers/dialects/anthropic_messages/samples.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::anthropic_messages;
using chat::answer_event;
using chat::event_kind;

namespace {

const answer_terms terms{.model = "asked", .id = "q1"};

std::string written(const std::vector<answer_event>& events, const answer_terms& with = terms) {
  anthropic_messages::stream_writer writer{with};
  std::string out;
  for (const auto& each : events) writer.write(each, out);
  return out;
}

answer_event start() {
  return {.kind = event_kind::start, .id = "chatcmpl-1", .name = "theirs"};
}
answer_event say(std::string_view text) {
  return {.kind = event_kind::text, .text = text};
}
answer_event think(std::string_view text) {
  return {.kind = event_kind::thinking, .text = text};
}
answer_event sign(std::string_view text, std::string_view issuer, bool redacted = false) {
  return {.kind = event_kind::signature, .text = text, .issuer = issuer, .redacted = redacted};
}
answer_event call(std::uint32_t index, std::string_view id, std::string_view name) {
  return {.kind = event_kind::tool_call, .index = index, .id = id, .name = name};
}
answer_event arguments(std::uint32_t index, std::string_view text) {
  return {.kind = event_kind::tool_arguments, .index = index, .text = text};
}
answer_event finish(chat::finish why, std::string_view sequence = {}) {
  return {.kind = event_kind::finish, .why = why, .stop_sequence = sequence};
}
const answer_event over{.kind = event_kind::end};

std::string reason_of(std::string_view stream) {
  for (const auto& each : written_events(stream)) {
    if (each.at("type").as_string() == "message_delta")
      return std::string{each.at("delta").at("stop_reason").as_string()};
  }
  return {};
}

// Blocks as "name(arguments)" or text, in the order of their indexes, which must count from `next`.
std::vector<std::string> blocks_of(std::string_view stream, std::int64_t next = 0) {
  std::vector<std::string> out;
  bool open = false;
  for (const auto& each : written_events(stream)) {
    const auto& type = each.at("type").as_string();
    if (type == "content_block_start") {
      CHECK_FALSE(open);
      open = true;
      CHECK(each.at("index").as_int64() == next);
      const auto& block = each.at("content_block").as_object();
      const std::string kind{block.at("type").as_string()};
      out.push_back(kind == "tool_use" ? std::string{block.at("name").as_string()} + ":" : kind + ":");
      if (kind == "redacted_thinking") out.back() += block.at("data").as_string().c_str();
    } else if (type == "content_block_delta") {
      CHECK(open);
      CHECK(each.at("index").as_int64() == next);
      const auto& delta = each.at("delta").as_object();
      for (const char* key : {"text", "thinking", "partial_json"}) {
        if (const auto* text = delta.if_contains(key)) out.back() += text->as_string().c_str();
      }
      if (const auto* signature = delta.if_contains("signature"))
        out.back() += std::string{"|"} + signature->as_string().c_str();
    } else if (type == "content_block_stop") {
      CHECK(each.at("index").as_int64() == next++);
      open = false;
    }
  }
  return out;
}

}  // namespace

TEST_CASE("text becomes one block, with the message around it", "[trap38]") {
  const auto out = written({start(), say("Hel"), say(""), say("lo\n"), finish(chat::finish::stop), over});
  CHECK(
      shape_of(out) ==
      "message_start content_block_start:text content_block_delta:text_delta content_block_delta:text_delta "
      "content_block_stop message_delta message_stop");
  const auto events = written_events(out);
  const auto& message = events[0].at("message").as_object();
  CHECK(std::string_view{message.at("id").as_string()} == "msg_chatcmpl-1");
  CHECK(message.at("model").as_string() == "asked");
  CHECK(message.at("content").as_array().empty());
  CHECK(reason_of(out) == "end_turn");
}

TEST_CASE("message_start comes before anything else, even a ping", "[trap38]") {
  anthropic_messages::stream_writer writer{terms};
  std::string out;
  writer.keep_alive(out);
  writer.write(start(), out);
  CHECK(shape_of(out) == "message_start ping");
  CHECK(written_events(out)[0].at("message").at("id").as_string() == "msg_q1");
}

TEST_CASE("everything that came goes out now") {
  anthropic_messages::stream_writer writer{terms};
  std::string out;
  const auto grows = [&](const answer_event& event) {
    const auto before = out.size();
    writer.write(event, out);
    return out.size() > before;
  };
  CHECK(grows(start()));
  CHECK(grows(think("a")));
  CHECK(grows(say("b")));
  CHECK(grows(call(0, "x", "f")));
  CHECK(grows(arguments(0, "{")));
  CHECK_FALSE(grows(finish(chat::finish::stop)));
}

TEST_CASE("the last count of tokens stands at the end, cached ones beside the input", "[trap22][trap24]") {
  usage tokens;
  tokens.input = 100;
  tokens.cached = 30;
  tokens.cache_write = 20;
  tokens.output = 7;
  tokens.reasoning = 3;
  usage early;
  early.input = 9;
  const auto out = written({start(),
                            {.kind = event_kind::usage, .tokens = &early},
                            say("x"),
                            finish(chat::finish::stop),
                            {.kind = event_kind::usage, .tokens = &tokens},
                            over});
  const auto events = written_events(out);
  CHECK(events[events.size() - 2].at("usage") ==
        value_of(R"({"input_tokens":50,"cache_creation_input_tokens":20,"cache_read_input_tokens":30,
                     "output_tokens":7,"output_tokens_details":{"thinking_tokens":3}})"));
}

TEST_CASE("thoughts are signed before their block closes, foreign signatures bear their issuer") {
  const auto out =
      written({start(), think("a"), sign("s1", "anthropic-messages"), think("b"), sign("s2", "gemini"),
               sign("r", "openai-responses", true), say("x"), finish(chat::finish::stop), over});
  CHECK(blocks_of(out) == std::vector<std::string>{"thinking:a|s1", "thinking:b|nf1.gemini.s2",
                                                   "redacted_thinking:nf1.openai-responses.r", "text:x"});
}

TEST_CASE("signatures of a call and of a text follow their block") {
  const auto out = written({start(), say("x"), sign("t", "gemini"), call(0, "i", "f"), sign("c", "gemini"),
                            arguments(0, "{}"), finish(chat::finish::stop), over});
  CHECK(blocks_of(out) == std::vector<std::string>{"text:x", "redacted_thinking:nf1.gemini.text:t", "f:{}",
                                                   "redacted_thinking:nf1.gemini.call:c"});
}

TEST_CASE("calls that come one after the other go out as they come") {
  const auto out = written({start(), call(0, "a", "f"), arguments(0, "{\"x\":"), arguments(0, "\"}\"}"),
                            call(1, "b", "g"), arguments(1, "{}"), finish(chat::finish::tool_calls), over});
  CHECK(blocks_of(out) == std::vector<std::string>{"f:{\"x\":\"}\"}", "g:{}"});
  CHECK(reason_of(out) == "tool_use");
}

TEST_CASE("a call waits while an older one's arguments still come", "[trap11]") {
  anthropic_messages::stream_writer writer{terms};
  std::string out;
  for (const auto& each :
       {start(), call(0, "a", "f"), call(1, "b", "g"), call(2, "c", "h"), arguments(1, "{\"y\""),
        arguments(0, "{\"x\":1"), arguments(1, ":2}"), arguments(0, "}")}) {
    writer.write(each, out);
  }
  CHECK(blocks_of(out) == std::vector<std::string>{"f:{\"x\":1}", "g:{\"y\":2}", "h:"});
  writer.write(finish(chat::finish::tool_calls), out);
  writer.write(over, out);
  CHECK(blocks_of(out) == std::vector<std::string>{"f:{\"x\":1}", "g:{\"y\":2}", "h:{}"});
}

TEST_CASE("a call named twice is one call", "[trap14]") {
  const auto out = written({start(), call(0, "a", "f"), arguments(0, "{"), call(0, "a", "f"),
                            arguments(0, "}"), finish(chat::finish::tool_calls), over});
  CHECK(blocks_of(out) == std::vector<std::string>{"f:{}"});
}

TEST_CASE("an answer that calls ends with tool_use whatever the upstream says", "[trap13]") {
  CHECK(reason_of(written({start(), call(0, "a", "f"), finish(chat::finish::stop), over})) == "tool_use");
}

TEST_CASE("reasons in this dialect's words") {
  CHECK(reason_of(written({start(), say("x"), finish(chat::finish::length), over})) == "max_tokens");
  CHECK(reason_of(written({start(), say("x"), finish(chat::finish::content_filter), over})) == "refusal");
  CHECK(reason_of(written({start(), say("x"), finish(chat::finish::stop, "END"), over})) == "stop_sequence");
  CHECK(reason_of(written(
            {start(), {.kind = event_kind::refusal, .text = "no"}, finish(chat::finish::stop), over})) ==
        "refusal");
}

TEST_CASE("ids that the API would not take back are made so that it does") {
  const auto out = written({start(), call(0, "functions.add:0", "add"), call(1, "", "add"), over});
  for (const auto& each : written_events(out)) {
    if (const auto* block = each.if_contains("content_block")) {
      const std::string id{block->at("id").as_string()};
      CHECK_FALSE(id.empty());
      CHECK(id.find_first_of(".:") == std::string::npos);
    }
  }
}

TEST_CASE("a broken stream ends in an error and nothing after it") {
  anthropic_messages::stream_writer writer{terms};
  std::string out;
  writer.write(start(), out);
  writer.write(say("a"), out);
  writer.fail({.status = 503, .kind = routes::error_kind::overloaded, .message = "busy", .id = "q1"}, out);
  const auto size = out.size();
  writer.write(say("b"), out);
  writer.write(over, out);
  writer.keep_alive(out);
  CHECK(out.size() == size);
  const auto last = written_events(out).back();
  CHECK(last.at("type").as_string() == "error");
  CHECK(last.at("error").at("type").as_string() == "overloaded_error");
}

TEST_CASE("an error of the upstream's is told without its words") {
  auto failure = routes::make_error(routes::error_kind::rate_limited, "context");
  failure.status = 429;
  const auto out = written({start(), {.kind = event_kind::error, .failure = &failure}});
  CHECK(written_events(out).back().at("error").at("type").as_string() == "rate_limit_error");
}

TEST_CASE("a stream that was begun goes on in its open block") {
  anthropic_messages::stream_writer writer{terms};
  std::string out;
  begun_answer before;
  before.said = "so far";
  before.block = 1;
  writer.adopt(before);
  writer.write(start(), out);
  writer.write(say(" and on"), out);
  writer.write(call(0, "a", "f"), out);
  writer.write(finish(chat::finish::tool_calls), out);
  writer.write(over, out);
  CHECK(shape_of(out) ==
        "content_block_delta:text_delta content_block_stop content_block_start:tool_use "
        "content_block_delta:input_json_delta content_block_stop message_delta message_stop");
  CHECK(written_events(out)[0].at("index").as_int64() == 1);
  CHECK(written_events(out)[2].at("index").as_int64() == 2);
}

TEST_CASE("a stream that was begun and had said nothing opens a block of its own") {
  anthropic_messages::stream_writer writer{terms};
  std::string out;
  begun_answer before;
  before.before.resize(2);
  writer.adopt(before);
  writer.write(say("x"), out);
  CHECK(written_events(out)[0].at("index").as_int64() == 2);
}

TEST_CASE("recorded streams of this dialect come out as they went in") {
  const std::string name = GENERATE("text", "tools", "llama-tools", "thinking");
  std::ifstream file(NEARFAR_SOURCE_DIR "/tests/fuzz/corpus/anthropic_stream/" + name, std::ios::binary);
  REQUIRE(file);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  anthropic_messages::stream_writer writer{{.id = "q1", .issuer = "anthropic-messages"}};
  std::string out;
  const auto first = events_of(text, &writer, &out);
  const auto second = events_of(out);
  INFO(out);
  for (const auto kind : {event_kind::text, event_kind::thinking, event_kind::signature,
                          event_kind::tool_call, event_kind::tool_arguments}) {
    CHECK(all_text(first, kind) == all_text(second, kind));
  }
  const auto count = [](const std::vector<kept_event>& list, event_kind kind) {
    return std::count_if(list.begin(), list.end(), [&](const auto& each) { return each.kind == kind; });
  };
  for (const auto kind : {event_kind::start, event_kind::tool_call, event_kind::finish, event_kind::end})
    CHECK(count(first, kind) == count(second, kind));
  CHECK(first.front().name == second.front().name);
  const auto& a = first[first.size() - 2].tokens;
  const auto& b = second[second.size() - 2].tokens;
  CHECK(a.input == b.input);
  CHECK(a.cached == b.cached);
  CHECK(a.output == b.output);
  CHECK(blocks_of(text) == blocks_of(out));
}
