#include "providers/dialects/anthropic_messages/answer_reader.hpp"
#include "providers/dialects/anthropic_messages/answer_writer.hpp"
#include "providers/dialects/anthropic_messages/error_writer.hpp"
#include "tests/unit/providers/dialects/anthropic_messages/samples.hpp"

#include <catch2/generators/catch_generators.hpp>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::anthropic_messages;

namespace {

constexpr std::string_view whole =
    R"({"id":"msg_1","type":"message","role":"assistant","model":"m","content":[
    {"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"redacted_thinking","data":"ZGF0"},
    {"type":"text","text":"Hi"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":0.5,"b":[1,null]}},
    {"type":"server_tool_use","id":"s","name":"web_search","input":{"query":"q"}}],
    "stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":2,
    "cache_read_input_tokens":3,"output_tokens":25,"output_tokens_details":{"thinking_tokens":4},
    "service_tier":"standard"}})";

routes::error refused(std::string_view body) {
  const auto read = read_answer(body);
  INFO(body);
  REQUIRE(read.has_error());
  return read.error();
}

boost::json::object error_of(const client_error& why) {
  const auto body = value_of(error_body(why)).as_object();
  CHECK(body.at("type").as_string() == "error");
  return body.at("error").as_object();
}

}  // namespace

TEST_CASE("a whole answer is read and comes back as it was", "[trap24]") {
  const auto read = read_answer(whole);
  REQUIRE(read.has_value());
  const auto& choice = read->choices.at(0);
  CHECK(choice.why == chat::finish::tool_calls);
  REQUIRE(choice.parts.size() == 5);
  CHECK(choice.parts[0].issuer == "anthropic-messages");
  CHECK(choice.parts[1].redacted);
  CHECK(choice.parts[3].text == R"({"a":0.5,"b":[1,null]})");
  CHECK(read->tokens->input == 15);
  CHECK(read->tokens->cached == 3);
  CHECK(read->tokens->reasoning == 4);
  CHECK(value_of(write_answer(*read, {.id = "q"})) == value_of(whole));
}

TEST_CASE("a server's plain answer is read, with what ended it") {
  const auto read =
      read_answer(R"({"id":"chatcmpl-1","type":"message","role":"assistant","content":[{"type":"text",
      "text":"10 km is "}],"model":"tiny","stop_reason":"end_turn","stop_sequence":"about",
      "usage":{"cache_read_input_tokens":16,"input_tokens":1,"output_tokens":5}})");
  REQUIRE(read.has_value());
  CHECK(read->tokens->input == 17);
  const auto written = value_of(write_answer(*read, {.model = "asked", .id = "q"}));
  CHECK(written.at("stop_reason").as_string() == "stop_sequence");
  CHECK(written.at("stop_sequence").as_string() == "about");
  CHECK(written.at("model").as_string() == "asked");
  CHECK(written.at("id").as_string() == "msg_chatcmpl-1");
}

TEST_CASE("an answer of another dialect is written in this one") {
  chat::chat_answer answer;
  auto& choice = answer.choices.emplace_back();
  choice.why = chat::finish::stop;
  chat::part thought;
  thought.kind = chat::part_kind::thinking;
  thought.text = "hm";
  thought.signature = "s";
  chat::part call;
  call.kind = chat::part_kind::tool_call;
  call.id = "functions.f:0";
  call.name = "f";
  call.signature = "c";
  call.issuer = "gemini";
  choice.parts = {thought, call};
  const auto body = value_of(write_answer(answer, {.model = "m", .id = "q", .issuer = "openai-chat"}));
  const auto& content = body.at("content").as_array();
  REQUIRE(content.size() == 3);
  CHECK(content[0].at("signature").as_string() == "nf1.openai-chat.s");
  CHECK(content[1].at("input").as_object().empty());
  CHECK(content[1].at("id").as_string().find(':') == boost::json::string::npos);
  CHECK(content[2].at("data").as_string() == "nf1.gemini.call:c");
  CHECK(body.at("stop_reason").as_string() == "tool_use");
  CHECK(body.at("id").as_string() == "msg_q");
}

TEST_CASE("what is no answer is told apart", "[trap28]") {
  CHECK(refused("<html>").kind == routes::error_kind::bad_answer);
  CHECK(refused("[]").kind == routes::error_kind::bad_answer);
  CHECK(refused(R"({"id":"x"})").kind == routes::error_kind::bad_answer);
  CHECK(refused(R"({"content":[{"text":"no type"}]})").kind == routes::error_kind::bad_answer);
  CHECK(refused(R"({"type":"error","error":{"type":"overloaded_error","message":"x"}})").kind ==
        routes::error_kind::overloaded);
  CHECK(refused(R"({"error":{"code":500,"message":"'messages' is required","type":"server_error"}})").kind ==
        routes::error_kind::server_error);
  CHECK(refused(R"({"content":[],"stop_reason":"end_turn"})").kind == routes::error_kind::empty);
  CHECK(refused(R"({"content":[{"type":"text","text":""}],"stop_reason":"end_turn"})").kind ==
        routes::error_kind::empty);
  CHECK(read_answer(R"({"content":[],"stop_reason":"refusal"})").has_value());
  CHECK(read_answer(R"({"content":[],"stop_reason":"max_tokens"})").has_value());
}

TEST_CASE("errors have Anthropic's types", "[trap31]") {
  const auto [status, kind, type] = GENERATE(table<int, routes::error_kind, std::string>({
      {400, routes::error_kind::bad_request, "invalid_request_error"},
      {400, routes::error_kind::too_long, "invalid_request_error"},
      {401, routes::error_kind::auth, "authentication_error"},
      {402, routes::error_kind::exhausted, "billing_error"},
      {403, routes::error_kind::auth, "permission_error"},
      {404, routes::error_kind::not_found, "not_found_error"},
      {413, routes::error_kind::bad_request, "request_too_large"},
      {429, routes::error_kind::rate_limited, "rate_limit_error"},
      {503, routes::error_kind::overloaded, "overloaded_error"},
      {504, routes::error_kind::timeout, "timeout_error"},
      {502, routes::error_kind::broken, "api_error"},
      {500, routes::error_kind::internal, "api_error"},
  }));
  const client_error why{.status = status, .kind = kind, .message = "m"};
  CHECK(std::string_view{error_of(why).at("type").as_string()} == type);
}

TEST_CASE("a request's id goes with its error") {
  CHECK(value_of(error_body({.message = "m", .id = "q1"})).at("request_id").as_string() == "q1");
  CHECK(value_of(error_body({.message = "m"})).at("request_id").is_null());
}

TEST_CASE("agents read that a prompt is too long in the API's words", "[trap31]") {
  const auto [said, heard] = GENERATE(table<std::string, std::string>({
      {"", "prompt is too long"},
      {"prompt is too long: 5 tokens > 4 maximum", "prompt is too long: 5 tokens > 4 maximum"},
      {"This model's maximum context length is 128000 tokens. However, your messages resulted in 130001 "
       "tokens.",
       "prompt is too long: 130001 tokens > 128000 maximum"},
      {"the request exceeds the available context size",
       "prompt is too long (the request exceeds the available "
       "context size)"},
      {"maximum 4097 tokens, you asked for 5000 (3000 in the prompt; 2000 in the answer)",
       "prompt is too long (maximum 4097 tokens, you asked for 5000 (3000 in the prompt; 2000 in the "
       "answer))"},
  }));
  const auto error = error_of({.status = 400, .kind = routes::error_kind::too_long, .message = said});
  CHECK(std::string_view{error.at("message").as_string()} == heard);
}

TEST_CASE("overloaded is 529 here") {
  const auto& codec = *codec_of(config::dialect::anthropic_messages);
  CHECK(codec.error_status({.status = 503, .kind = routes::error_kind::overloaded}) == 529);
  CHECK(codec.error_status({.status = 503, .kind = routes::error_kind::not_ready}) == 503);
  CHECK(codec.error_status({.status = 429, .kind = routes::error_kind::rate_limited}) == 429);
}

TEST_CASE("a count of tokens is an object") {
  CHECK(count_tokens_body(17) == R"({"input_tokens":17})");
}
