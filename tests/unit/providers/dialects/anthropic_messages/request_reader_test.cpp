#include "providers/dialects/anthropic_messages/request_reader.hpp"

#include "providers/dialects/text_measure.hpp"
#include "tests/unit/providers/dialects/padded.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

using namespace nearfar;
using providers::padded;
using providers::request_view;
using providers::anthropic_messages::request_reader;

namespace {

std::string with(std::string_view members) {
  return std::string{R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}])"} +
         (members.empty() ? "" : ",") + std::string{members} + "}";
}

std::string with_content(std::string_view blocks) {
  return R"({"model":"m","messages":[{"role":"user","content":)" + std::string{blocks} + "}]}";
}

// Views of the query point into what is gone: numbers and flags only.
routes::query facts_of(std::string_view text) {
  request_reader reader;
  request_view view;
  const padded body{text};
  const auto read = reader.read(body, view);
  INFO(text);
  if (read.has_error()) FAIL(read.error().context);
  return view.facts;
}

std::string refusal_of(std::string_view text) {
  request_reader reader;
  request_view view;
  const padded body{text};
  const auto read = reader.read(body, view);
  INFO(text);
  REQUIRE(read.has_error());
  CHECK(read.error().kind == routes::error_kind::bad_request);
  CHECK(read.error().side == routes::error_side::downstream);
  CHECK(read.error().context.find('\n') == std::string::npos);
  return read.error().context;
}

}  // namespace

TEST_CASE("a messages request tells its facts") {
  const auto facts = facts_of(with(R"("stream":true,"tools":[{"name":"f","input_schema":{"type":"object"}}],
      "output_config":{"effort":"low","format":{"type":"json_schema","schema":{}}})"));
  CHECK(facts.in == config::dialect::anthropic_messages);
  CHECK(facts.stream);
  CHECK(facts.tools);
  CHECK(facts.json);
  CHECK(facts.output_tokens == 9);
  CHECK(facts.choices == 1);
  CHECK_FALSE(facts.images);
  CHECK_FALSE(facts.reasoning_signed);
}

TEST_CASE("a token count needs no max_tokens, and effort alone asks for no JSON") {
  const auto facts = facts_of(R"({"model":"m","messages":[],"output_config":{"effort":"low"},"tools":[]})");
  CHECK(facts.output_tokens == 0);
  CHECK_FALSE(facts.json);
  CHECK_FALSE(facts.tools);
}

TEST_CASE("an image's base64 weighs an image, not a text") {
  const std::string data(200'000, 'A');
  const auto image = facts_of(with_content(
      R"([{"source":{"type":"base64","media_type":"image/png","data":")" + data + R"("},"type":"image"}])"));
  CHECK(image.images);
  CHECK(image.input_tokens == 804);
  const auto pdf = facts_of(with_content(
      R"([{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":")" + data +
      R"("}}])"));
  CHECK(pdf.images);
  CHECK(pdf.input_tokens == 2004);
  const auto text = facts_of(with_content(
      R"([{"type":"document","source":{"type":"text","media_type":"text/plain","data":"abcdefgh"}}])"));
  CHECK_FALSE(text.images);
  CHECK(text.input_tokens == 6);
}

TEST_CASE("system, tool results and inputs are counted") {
  CHECK(facts_of(with(R"("system":"abcdefgh")")).input_tokens == facts_of(with("")).input_tokens + 6);
  const auto plain =
      facts_of(with_content(R"([{"type":"tool_result","tool_use_id":"t","content":"abcdefgh"}])"));
  const auto list = facts_of(with_content(
      R"([{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"abcdefgh"}]}])"));
  CHECK(plain.input_tokens == 6);
  CHECK(list.input_tokens == 6);
  const auto call =
      facts_of(with_content(R"([{"type":"tool_use","id":"t","name":"f","input":{"abcdef":123456}}])"));
  CHECK(call.input_tokens > 6);
}

TEST_CASE("an image inside of a tool result is an image") {
  CHECK(facts_of(with_content(R"([{"type":"tool_result","tool_use_id":"t","content":
      [{"type":"image","source":{"type":"url","url":"https://x/y.png"}}]}])"))
            .images);
}

TEST_CASE("signed thoughts are seen, unsigned ones are not") {
  CHECK(facts_of(with_content(R"([{"type":"thinking","thinking":"t","signature":"s"}])")).reasoning_signed);
  CHECK(facts_of(with_content(R"([{"type":"redacted_thinking","data":"x"}])")).reasoning_signed);
  CHECK(facts_of(with_content(R"([{"type":"thinking","thinking":"t","signature":"nf1.gemini.s"}])"))
            .reasoning_signed);
  CHECK_FALSE(
      facts_of(with_content(R"([{"type":"thinking","thinking":"t","signature":""}])")).reasoning_signed);
}

TEST_CASE("metadata.user_id names the session") {
  request_reader reader;
  request_view view;
  const padded body{with(R"("metadata":{"user_id":"u-1"})")};
  REQUIRE(reader.read(body, view).has_value());
  CHECK(view.has_session);
  CHECK(view.facts.conversation == providers::conversation_of_session("u-1"));
}

TEST_CASE("without a session the system text and the first user turn are the conversation") {
  const auto of = [](std::string_view text) { return facts_of(text).conversation; };
  const auto one = of(R"({"model":"m","system":"s","messages":[{"role":"user","content":"hi"}]})");
  CHECK(one == of(R"({"model":"m","messages":[{"role":"user","content":"hi"},
                      {"role":"assistant","content":"yo"},{"role":"user","content":"more"}],"system":"s"})"));
  CHECK(one == of(R"({"model":"m","system":[{"type":"text","text":"s"}],
                      "messages":[{"content":[{"text":"hi","type":"text"}],"role":"user"}]})"));
  CHECK(one != of(R"({"model":"m","system":"t","messages":[{"role":"user","content":"hi"}]})"));
  CHECK(one != of(R"({"model":"n","system":"s","messages":[{"role":"user","content":"hi"}]})"));
  CHECK(one != of(R"({"model":"m","system":"s","messages":[{"role":"user","content":"ho"}]})"));
}

TEST_CASE("members stand in order with trimmed spans, so that they can be replaced byte for byte") {
  request_reader reader;
  request_view view;
  const padded body{R"({ "model" : "m" , "max_tokens": 5 ,"messages":[ ] , "system" : "s" } )"};
  REQUIRE(reader.read(body, view).has_value());
  REQUIRE(view.members.size() == 4);
  const auto value = [&](std::size_t i) {
    return body.view().substr(view.members[i].value.offset, view.members[i].value.length);
  };
  CHECK(value(0) == R"("m")");
  CHECK(value(1) == "5");
  CHECK(value(2) == "[ ]");
  CHECK(value(3) == R"("s")");
  CHECK(view.last_member_end == body.view().find("\"s\"") + 3);
}

TEST_CASE("what is no request is refused with its place") {
  CHECK(refusal_of("").find("empty") != std::string::npos);
  CHECK(refusal_of("[]").find("object") != std::string::npos);
  CHECK(refusal_of(R"({"messages":[]})").find("model") != std::string::npos);
  CHECK(refusal_of(R"({"model":"m"})").find("messages") != std::string::npos);
  CHECK(refusal_of(R"({"model":"m","messages":[],"mod\u0065l":"n"})").find("twice") != std::string::npos);
  CHECK(refusal_of(with(R"("stream":1)")).find("stream") != std::string::npos);
  CHECK(refusal_of(with(R"("metadata":{"user_id":5})")).find("user_id") != std::string::npos);
  CHECK(refusal_of(with(R"("system":5)")).find("system") != std::string::npos);
  CHECK(refusal_of(R"({"model":"m","messages":[{"role":"user","content":"a"},{"role":5,"content":"b"}]})")
            .find("messages[1]") != std::string::npos);
  CHECK(refusal_of(with_content(R"(["text"])")).find("messages[0]") != std::string::npos);
  CHECK(refusal_of(with_content(R"([{"type":"text","text":"\q"}])")).find("escape") != std::string::npos);
  CHECK(refusal_of(with(R"("x":)" + std::string(70, '[') + std::string(70, ']'))).find("deeper") !=
        std::string::npos);
}

TEST_CASE("versions are compared by their date") {
  using providers::anthropic_messages::refuses_sampling;
  CHECK_FALSE(refuses_sampling("2023-06-01"));
  CHECK(refuses_sampling("2026-10-21"));
  CHECK(refuses_sampling("2027-01-01"));
  CHECK_FALSE(refuses_sampling(""));
  CHECK_FALSE(refuses_sampling("vertex-2023-10-16"));
}

TEST_CASE("sampling fields are cut out and nothing else moves") {
  const auto [before, after] = GENERATE(table<std::string, std::string>({
      {R"({"model":"m","temperature":0.5,"messages":[]})", R"({"model":"m","messages":[]})"},
      {R"({ "temperature" : 1 , "model":"m", "top_k":5 ,"messages":[]})", R"({ "model":"m" ,"messages":[]})"},
      {R"({"model":"m","messages":[ 	], "top_p":0.9 })", R"({"model":"m","messages":[ 	] })"},
      {R"({"top_k":1,"top_p":1,"temperature":1,"model":"m","messages":[],"x":"temperature"})",
       R"({"model":"m","messages":[],"x":"temperature"})"},
      {R"({"model":"m","messages":[]})", R"({"model":"m","messages":[]})"},
  }));
  request_reader reader;
  request_view view;
  const padded body{before};
  REQUIRE(reader.read(body, view).has_value());
  CHECK(providers::anthropic_messages::without_sampling(view) == after);
}
