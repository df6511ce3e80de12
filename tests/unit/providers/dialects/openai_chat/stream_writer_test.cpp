#include "providers/dialects/openai_chat/stream_writer.hpp"

#include "providers/dialects/openai_chat/codec.hpp"
#include "tests/unit/providers/dialects/openai_chat/same_json.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace nearfar;
using namespace nearfar::providers;
using chat::answer_event;
using chat::event_kind;
namespace json = boost::json;

namespace {

std::vector<json::object> chunks(const std::string& bytes) {
  std::vector<json::object> all;
  sse_reader events;
  events.push(bytes);
  sse_event event;
  while (events.next(event).value()) {
    if (!event.comment_only && event.data != "[DONE]") all.push_back(json::parse(event.data).as_object());
  }
  CHECK(events.pending() == 0);
  return all;
}

json::value delta(const json::object& chunk) {
  return json::value(chunk).at_pointer("/choices/0/delta");
}

// What the dialect's own reader makes of it.
std::vector<event_kind> kinds(const std::string& bytes) {
  const auto reader = openai_chat::the_codec().make_stream_reader();
  std::vector<event_kind> all;
  sse_reader events;
  events.push(bytes);
  sse_event event;
  while (events.next(event).value()) {
    std::vector<answer_event> out;
    CHECK(reader->read(event, out));
    for (const auto& each : out) all.push_back(each.kind);
  }
  return all;
}

answer_event of(event_kind kind, std::string_view text = {}) {
  answer_event made;
  made.kind = kind;
  made.text = text;
  return made;
}

answer_event call(std::uint32_t index, std::string_view id, std::string_view name,
                  chat::call_form form = chat::call_form::function) {
  answer_event made = of(event_kind::tool_call);
  made.index = index;
  made.id = id;
  made.name = name;
  made.form = form;
  return made;
}

answer_event arguments(std::uint32_t index, std::string_view text) {
  answer_event made = of(event_kind::tool_arguments, text);
  made.index = index;
  return made;
}

answer_event finish(chat::finish why) {
  answer_event made = of(event_kind::finish);
  made.why = why;
  return made;
}

}  // namespace

TEST_CASE("events become the chunks of a stream", "[openai-chat]") {
  openai_chat::stream_writer to{{.model = "asked", .id = "x-1", .now = 7}};
  std::string bytes;
  answer_event start = of(event_kind::start);
  start.id = "msg_1";
  start.name = "claude";
  to.write(start, bytes);
  to.write(start, bytes);
  to.write(of(event_kind::thinking, "why"), bytes);
  answer_event sign = of(event_kind::signature, "sig");
  sign.issuer = "anthropic-messages";
  to.write(sign, bytes);
  to.write(of(event_kind::text, "a\n"), bytes);
  to.write(call(0, "c0", "f"), bytes);
  to.write(call(1, "c1", "g", chat::call_form::custom), bytes);
  to.write(arguments(0, "{}"), bytes);
  to.write(arguments(1, "free"), bytes);
  answer_event own = of(event_kind::signature, "tsig");
  own.issuer = "gemini";
  own.id = "c1";
  own.index = 1;
  to.write(own, bytes);
  to.write(of(event_kind::annotation, R"({"a":1})"), bytes);
  to.write(of(event_kind::logprobs, R"({"content":[]})"), bytes);
  to.write(finish(chat::finish::stop), bytes);
  usage sum;
  sum.input = 3;
  sum.output = 2;
  answer_event tokens = of(event_kind::usage);
  tokens.tokens = &sum;
  to.write(tokens, bytes);
  const std::size_t before_end = bytes.size();
  to.write(of(event_kind::end), bytes);
  CHECK(bytes.find("[DONE]") > before_end);
  CHECK(bytes.ends_with("data: [DONE]\n\n"));

  const auto all = chunks(bytes);
  REQUIRE(all.size() == 13);
  for (const auto& each : all) {
    CHECK(each.at("id") == "msg_1");
    CHECK(each.at("model") == "asked");
    CHECK(each.at("created") == 7);
    CHECK(each.at("object") == "chat.completion.chunk");
  }
  CHECK(same_json(delta(all[0]), json::parse(R"({"role":"assistant","content":""})")));
  CHECK(same_json(delta(all[1]), json::parse(R"({"reasoning_content":"why","reasoning":"why"})")));
  CHECK(same_json(delta(all[2]), json::parse(R"({"reasoning_details":[{"type":"reasoning.text","text":"why",
      "signature":"nf1.anthropic-messages.sig","index":0}]})")));
  CHECK(same_json(delta(all[3]), json::parse(R"({"content":"a\n"})")));
  CHECK(same_json(
      delta(all[4]),
      json::parse(
          R"({"tool_calls":[{"index":0,"id":"c0","type":"function","function":{"name":"f","arguments":""}}]})")));
  CHECK(same_json(delta(all[7]), json::parse(R"({"tool_calls":[{"index":1,"custom":{"input":"free"}}]})")));
  CHECK(same_json(
      delta(all[8]),
      json::parse(
          R"({"tool_calls":[{"index":1,"extra_content":{"google":{"thought_signature":"nf1.gemini.tsig"}}}],
              "reasoning_details":[{"type":"reasoning.encrypted","data":"nf1.gemini.tsig","id":"c1","index":1}]})")));
  CHECK(json::value(all[11]).at_pointer("/choices/0/finish_reason") == "tool_calls");
  CHECK(json::value(all[12]).at_pointer("/usage/prompt_tokens") == 3);
}

TEST_CASE("a signature that is known as a call begins stands beside the call", "[openai-chat]") {
  openai_chat::stream_writer to{{.model = "m", .id = "x", .issuer = "gemini"}};
  std::string bytes;
  to.write(of(event_kind::thinking, "why"), bytes);
  bytes.clear();
  answer_event call = of(event_kind::tool_call);
  call.id = "a";
  call.name = "f";
  call.signed_with = "s";
  to.write(call, bytes);
  to.write(of(event_kind::tool_arguments, "{}"), bytes);
  to.write(of(event_kind::signature, "s"), bytes);
  to.write(of(event_kind::end), bytes);
  const auto all = chunks(bytes);
  REQUIRE(all.size() == 4);
  CHECK(
      same_json(delta(all[0]).at("reasoning_details"),
                json::parse(R"([{"type":"reasoning.encrypted","data":"nf1.gemini.s","id":"a","index":1}])")));
  CHECK(same_json(
      delta(all[2]),
      json::parse(
          R"({"tool_calls":[{"index":0,"extra_content":{"google":{"thought_signature":"nf1.gemini.s"}}}]})")));
}

TEST_CASE("the usage is told only to who asked for it", "[openai-chat]") {
  openai_chat::stream_writer to{{.model = "m", .id = "x", .include_usage = false}};
  std::string bytes;
  usage sum;
  answer_event tokens = of(event_kind::usage);
  tokens.tokens = &sum;
  to.write(of(event_kind::text, "a"), bytes);
  to.write(tokens, bytes);
  to.write(of(event_kind::end), bytes);
  CHECK(bytes.find("usage") == std::string::npos);
  CHECK(chunks(bytes).front().at("id") == "x");
}

TEST_CASE("every choice has a head and an end of its own", "[openai-chat]") {
  openai_chat::stream_writer to{{}};
  std::string bytes;
  answer_event second = of(event_kind::text, "b");
  second.choice = 1;
  to.write(of(event_kind::text, "a"), bytes);
  to.write(second, bytes);
  to.write(finish(chat::finish::length), bytes);
  to.write(of(event_kind::end), bytes);
  to.write(of(event_kind::text, "late"), bytes);
  const auto all = chunks(bytes);
  REQUIRE(all.size() == 6);
  CHECK(json::value(all[2]).at_pointer("/choices/0/index") == 1);
  CHECK(json::value(all[4]).at_pointer("/choices/0/finish_reason") == "length");
  CHECK(json::value(all[5]).at_pointer("/choices/0/finish_reason") == "stop");
}

TEST_CASE("a broken stream ends in an error and nothing else", "[openai-chat]") {
  openai_chat::stream_writer to{{.model = "m"}};
  std::string bytes;
  to.write(of(event_kind::text, "a"), bytes);
  client_error why;
  why.code = "upstream_broke";
  why.message = "it broke";
  to.fail(why, bytes);
  to.write(of(event_kind::end), bytes);
  CHECK(bytes.find("[DONE]") == std::string::npos);
  CHECK(kinds(bytes).back() == event_kind::error);
}

TEST_CASE("a stream goes on under the name it began with", "[openai-chat]") {
  openai_chat::stream_writer to{{.model = "asked"}};
  begun_answer begun;
  begun.id = "first";
  begun.created = 5;
  begun.model = "theirs";
  to.adopt(begun);
  std::string bytes;
  answer_event start = of(event_kind::start);
  start.id = "second";
  to.write(start, bytes);
  CHECK(bytes.empty());
  to.write(of(event_kind::text, "b"), bytes);
  const auto all = chunks(bytes);
  REQUIRE(all.size() == 1);
  CHECK(all[0].at("id") == "first");
  CHECK(all[0].at("model") == "theirs");
  CHECK(all[0].at("created") == 5);
  CHECK_FALSE(delta(all[0]).as_object().contains("role"));
}

TEST_CASE("a comment keeps a stream alive", "[openai-chat]") {
  openai_chat::stream_writer to{{}};
  std::string bytes;
  to.keep_alive(bytes);
  CHECK(kinds(bytes) == std::vector{event_kind::ping});
}
