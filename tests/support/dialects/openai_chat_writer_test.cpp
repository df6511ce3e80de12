#include "tests/support/dialects/played_answer.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

namespace nearfar::support {
namespace {

namespace json = boost::json;

const std::vector<std::pair<std::string, std::string>> fields = {{"authorization", "Bearer k"}};
constexpr std::string_view hi = R"({"role":"user","content":"hi"})";

behaviour strict_double(std::string vendor = "") {
  behaviour b;
  b.strict = true;
  b.vendor = std::move(vendor);
  return b;
}

played_answer ask(std::string body, const behaviour& how = strict_double()) {
  return play_answer(how, {"/v1/chat/completions", std::move(body), fields});
}

std::string with(std::string_view messages, std::string_view more = "") {
  return R"({"model":"m","messages":[)" + std::string(messages) + "]" + std::string(more) + "}";
}

std::string refused(std::string body, const behaviour& how = strict_double()) {
  const auto a = ask(std::move(body), how);
  if (a.status != 400) return "status " + std::to_string(a.status) + " " + a.body;
  const auto top = json::parse(a.body);
  CHECK(top.at_pointer("/error/type").as_string() == "invalid_request_error");
  return std::string(top.at_pointer("/error/message").as_string());
}

bool says(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

std::string call(std::string_view id) {
  return R"({"role":"assistant","content":null,"tool_calls":[{"id":")" + std::string(id) +
         R"(","type":"function","function":{"name":"f","arguments":"{}"}}]})";
}

std::string result(std::string_view id) {
  return R"(,{"role":"tool","tool_call_id":")" + std::string(id) + R"(","name":"f","content":"x"})";
}

TEST_CASE("Chat Completions is strict only where it is told to be") {
  CHECK(ask(with(hi, R"(,"made_up":1)"), {}).status == 200);
  CHECK(refused(with(hi, R"(,"made_up":1)")) == "Unrecognized request argument supplied: made_up");
  CHECK(play_answer(strict_double(), {"/v1/chat/completions", with(hi), {}}).status == 401);
}

TEST_CASE("each tool call is answered before anything else is said") {
  CHECK(ask(with(std::string(hi) + "," + call("call_1") + result("call_1"))).status == 200);
  CHECK(
      says(refused(with(std::string(hi) + "," + call("call_1"))), "did not have response messages: call_1"));
  CHECK(says(refused(with(std::string(hi) + "," + call("call_1") + "," + std::string(hi))),
             "must be followed by tool"));
  CHECK(
      says(refused(with(std::string(hi) + result("call_1"))), "must be a response to a preceeding message"));
}

TEST_CASE("a reasoning model takes neither max_tokens nor a temperature") {
  auto b = strict_double();
  b.reasoning_model = true;
  CHECK(says(refused(with(hi, R"(,"max_tokens":5)"), b), "Use 'max_completion_tokens' instead."));
  CHECK(says(refused(with(hi, R"(,"temperature":0.2)"), b), "Only the default (1) value is supported"));
  CHECK(ask(with(hi, R"(,"temperature":1,"max_completion_tokens":5)"), b).status == 200);
  b.refuses = {"stop"};
  CHECK(says(refused(with(hi, R"(,"stop":"x")"), b), "Unsupported parameter: 'stop'"));
}

TEST_CASE("JSON mode wants the word, and a strict schema closed objects") {
  CHECK(says(refused(with(hi, R"(,"response_format":{"type":"json_object"})")),
             "must contain the word 'json'"));
  CHECK(ask(with(R"({"role":"user","content":"as JSON"})", R"(,"response_format":{"type":"json_object"})"))
            .status == 200);
  const std::string open =
      R"(,"response_format":{"type":"json_schema","json_schema":{"name":"x","strict":true,)"
      R"("schema":{"type":"object","properties":{}}}})";
  CHECK(says(refused(with(hi, open)), "'additionalProperties' is required to be supplied and to be false"));
}

TEST_CASE("vendors differ in ids, roles, choices and replay") {
  const auto history = [](std::string_view id) { return std::string(hi) + "," + call(id) + result(id); };
  CHECK(says(refused(with(history("call_1")), strict_double("mistral")), "with a length of 9"));
  CHECK(ask(with(history("abcdef123")), strict_double("mistral")).status == 200);
  CHECK(says(refused(with(history("abcdef123") + "," + std::string(hi)), strict_double("mistral")),
             "Unexpected role 'user' after role 'tool'"));
  CHECK(ask(with(hi, R"(,"seed":1)"), strict_double("mistral")).status == 422);
  auto thinking = strict_double("moonshot");
  thinking.reasoning_model = true;
  CHECK(says(refused(with(history("f:0")), thinking), "reasoning_content is missing"));
  const auto developer = with(R"({"role":"developer","content":"x"})");
  CHECK(says(refused(developer, strict_double("deepseek")), "Invalid value: 'developer'"));
  CHECK(ask(developer).status == 200);
  const std::string forced =
      R"(,"tool_choice":"required","tools":[{"type":"function","function":{"name":"f"}}])";
  CHECK(says(refused(with(hi, forced), strict_double("zai")), "only supports auto"));
  CHECK(says(refused(with(hi, R"(,"temperature":0)"), strict_double("minimax")), "(0, 1]"));
}

TEST_CASE("reasoning, calls and cached tokens come as each vendor has them") {
  behaviour b;
  b.reasoning = "hm";
  b.text = "ok";
  b.usage =
      scripted_usage{.prompt_tokens = 9, .completion_tokens = 5, .cached_tokens = 4, .reasoning_tokens = 2};
  const auto answer = [&](std::string vendor) {
    b.vendor = std::move(vendor);
    return json::parse(ask(with(hi), b).body);
  };
  CHECK(answer("deepseek").at_pointer("/choices/0/message/reasoning_content").as_string() == "hm");
  CHECK(answer("deepseek").at_pointer("/usage/prompt_cache_hit_tokens").as_int64() == 4);
  CHECK(answer("groq").at_pointer("/choices/0/message/reasoning").as_string() == "hm");
  CHECK(answer("openrouter")
            .at_pointer("/choices/0/message/reasoning_details/0/signature")
            .as_string()
            .starts_with("ZG91"));
  CHECK(answer("minimax").at_pointer("/choices/0/message/content").as_string() ==
        "<think>\nhm\n</think>\n\nok");
  CHECK(answer("mistral").at_pointer("/choices/0/message/content/1/text").as_string() == "ok");
  CHECK(answer("xai").at_pointer("/usage/completion_tokens").as_int64() == 3);
  b.tool_calls = {{"c1", "f", R"({"a":"a long enough argument"})"}};
  b.vendor = "gemini";
  const auto stream = ask(with(hi, R"(,"stream":true)"), b);
  CHECK(says(stream.body, R"("thought_signature":"ZG91)"));
  CHECK(says(stream.body, R"("finish_reason":"stop")"));
  CHECK(!says(stream.body, R"("tool_calls":[{"index")"));
}

}  // namespace
}  // namespace nearfar::support
