#include "providers/dialects/openai_chat/codec.hpp"
#include "tests/unit/providers/dialects/openai_chat/same_json.hpp"
#include "tests/unit/providers/dialects/padded.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace nearfar;
using namespace nearfar::providers;
using chat::part_kind;
namespace json = boost::json;

namespace {

chat::chat_answer read(const std::string& body, const config::quirks* of = nullptr) {
  const padded bytes{body};
  auto answer = openai_chat::the_codec().read_answer(bytes, of);
  REQUIRE(answer.has_value());
  return *std::move(answer);
}

std::string answering(std::string_view message, std::string_view rest = R"("finish_reason":"stop")") {
  return R"({"id":"c1","created":7,"model":"m","choices":[{"index":0,"message":)" + std::string(message) +
         "," + std::string(rest) + "}]}";
}

}  // namespace

TEST_CASE("an answer is read whole", "[openai-chat]") {
  const auto answer = read(
      R"({"id":"c1","object":"chat.completion","created":7,"model":"m","service_tier":"flex","choices":[
        {"index":1,"message":{"role":"assistant","content":"second"},"finish_reason":"length"},
        {"index":0,"message":{"role":"assistant","content":"hi","refusal":null,"reasoning_content":"why","annotations":[{"a":1}],
          "tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},
         "logprobs":{"content":[]},"finish_reason":"tool_calls"}],
        "usage":{"prompt_tokens":3,"completion_tokens":2}})");
  CHECK(answer.id == "c1");
  CHECK(answer.created == 7);
  CHECK(answer.service_tier == "flex");
  REQUIRE(answer.choices.size() == 2);
  const auto& first = answer.choices[0];
  REQUIRE(first.parts.size() == 3);
  CHECK(first.parts[0].kind == part_kind::thinking);
  CHECK(first.parts[1].text == "hi");
  CHECK(first.parts[2].name == "f");
  CHECK(first.why == chat::finish::tool_calls);
  CHECK(first.annotations.is_array());
  CHECK(first.logprobs.is_object());
  CHECK(answer.choices[1].why == chat::finish::length);
  CHECK(answer.tokens->input == 3);
}

TEST_CASE("calls are mended, and their finish told", "[openai-chat][trap12][trap13][trap15]") {
  const auto answer = read(answering(
      R"({"content":null,"tool_calls":[{"function":{"name":"f","arguments":{"x":1}}},{"id":"b","function":{"name":"g","arguments":""}}]})"));
  const auto& choice = answer.choices.at(0);
  REQUIRE(choice.parts.size() == 2);
  CHECK(choice.parts[0].text == "{\"x\":1}");
  CHECK(choice.parts[0].id.starts_with("call_"));
  CHECK(choice.parts[1].text == "{}");
  CHECK(choice.why == chat::finish::tool_calls);
  CHECK(choice.native == "stop");
}

TEST_CASE("thoughts between tags are taken out of an answer", "[openai-chat][trap37]") {
  config::quirks tags;
  tags.reasoning = config::reasoning_field::think_tags;
  const std::string body = answering(R"({"role":"assistant","content":"<think>\na</think>\n\nb"})");
  const auto answer = read(body, &tags);
  REQUIRE(answer.choices[0].parts.size() == 2);
  CHECK(answer.choices[0].parts[0].text == "a");
  CHECK(answer.choices[0].parts[1].text == "b");
  CHECK(read(body).choices[0].parts.size() == 1);
}

TEST_CASE("an error in a 200 is an error", "[openai-chat][trap28]") {
  for (const std::string body :
       {R"({"error":{"message":"x","code":"rate_limit_exceeded"}})",
        R"({"base_resp":{"status_code":1002,"status_msg":"x"},"choices":null})", "{}",
        R"({"choices":[{"message":{"content":""},"finish_reason":"stop"}]})", "<html>"}) {
    INFO(body);
    const padded bytes{body};
    CHECK(openai_chat::the_codec().read_answer(bytes).has_error());
  }
}

TEST_CASE("an answer is written as it was read", "[openai-chat]") {
  const std::string body =
      R"({"id":"c1","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi","refusal":null,
        "reasoning_content":"why","reasoning":"why","reasoning_details":[{"type":"reasoning.text","text":"why","signature":"s","index":0},
          {"type":"reasoning.encrypted","data":"nf1.gemini.g","id":"a","index":1}],
        "tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"nf1.gemini.g"}}},
                      {"id":"b","type":"custom","custom":{"name":"g","input":"x"}}],
        "images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}],"annotations":[{"a":1}]},
        "logprobs":null,"finish_reason":"tool_calls"}],
        "usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":1},"completion_tokens_details":{"reasoning_tokens":0}},"service_tier":"x"})";
  const auto written = openai_chat::the_codec().write_answer(read(body), {});
  INFO(written);
  CHECK(same_json(json::parse(written), json::parse(body)));
}

TEST_CASE("an answer of another dialect gets what it lacks", "[openai-chat]") {
  chat::chat_answer answer;
  auto& choice = answer.choices.emplace_back();
  chat::part secret;
  secret.kind = part_kind::thinking;
  secret.redacted = true;
  secret.signature = "s";
  chat::part no;
  no.kind = part_kind::refusal;
  no.text = "no";
  choice.parts = {secret, no};
  choice.why = chat::finish::content_filter;
  const auto out = json::parse(openai_chat::the_codec().write_answer(
      answer, {.model = "asked", .id = "x-1", .now = 9, .issuer = "anthropic-messages"}));
  CHECK(out.at("id") == "x-1");
  CHECK(out.at("created") == 9);
  CHECK(out.at("model") == "asked");
  CHECK(out.at_pointer("/choices/0/message/content").is_null());
  CHECK(out.at_pointer("/choices/0/message/refusal") == "no");
  CHECK(out.at_pointer("/choices/0/message/reasoning_details/0/data") == "nf1.anthropic-messages.s");
  CHECK(out.at_pointer("/choices/0/finish_reason") == "content_filter");
}

TEST_CASE("a signed call stands in the details, with the thoughts that nobody signed", "[openai-chat]") {
  chat::chat_answer answer;
  auto& choice = answer.choices.emplace_back();
  chat::part thought;
  thought.kind = part_kind::thinking;
  thought.text = "why";
  chat::part call;
  call.kind = part_kind::tool_call;
  call.id = "a";
  call.name = "f";
  call.signature = "s";
  choice.parts = {thought, call};
  const auto details = [&](std::string_view issuer) {
    const auto out = json::parse(openai_chat::the_codec().write_answer(answer, {.issuer = issuer}));
    const auto* found = out.at_pointer("/choices/0/message").as_object().if_contains("reasoning_details");
    return found ? *found : json::value{};
  };
  CHECK(same_json(details("gemini"),
                  json::parse(R"([{"type":"reasoning.text","text":"why","format":"unknown","index":0},
                                  {"type":"reasoning.encrypted","data":"nf1.gemini.s","id":"a","index":1}])")));
  // Its own: the call says it as its clients know it.
  CHECK(details("openai-chat").is_null());
}

TEST_CASE("a conversation that is too long is told in the word that agents look for", "[openai-chat]") {
  client_error why;
  why.status = 400;
  why.kind = routes::error_kind::too_long;
  why.message = "too long";
  why.param = "messages";
  const auto out = json::parse(openai_chat::the_codec().error_body(why));
  CHECK(out.at_pointer("/error/code") == "context_length_exceeded");
  CHECK(out.at_pointer("/error/type") == "invalid_request_error");
  CHECK(out.at_pointer("/error/param") == "messages");
}
