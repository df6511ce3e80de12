#include "tests/support/dialects/played_answer.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

namespace nearfar::support {
namespace {

namespace json = boost::json;

const std::vector<std::pair<std::string, std::string>> fields = {{"x-api-key", "k"},
                                                                 {"anthropic-version", "2023-06-01"}};

played_answer ask(std::string body, const behaviour& how = {}) {
  return play_answer(how, {"/v1/messages", std::move(body), fields});
}

std::string refused(std::string body, const behaviour& how = {}) {
  const auto a = ask(std::move(body), how);
  if (a.status != 400) return "status " + std::to_string(a.status) + " " + a.body;
  const auto top = json::parse(a.body);
  CHECK(top.at("type").as_string() == "error");
  CHECK(top.at_pointer("/error/type").as_string() == "invalid_request_error");
  return std::string(top.at_pointer("/error/message").as_string());
}

std::string with(std::string_view messages, std::string_view more = "") {
  return R"({"model":"claude-x","max_tokens":2048,"messages":[)" + std::string(messages) + "]" +
         std::string(more) + "}";
}

constexpr std::string_view hi = R"({"role":"user","content":"hi"})";
constexpr std::string_view two_calls =
    R"({"role":"user","content":"hi"},{"role":"assistant","content":[)"
    R"({"type":"tool_use","id":"toolu_1","name":"f","input":{}},{"type":"tool_use","id":"toolu_2","name":"f","input":{}}]})";

TEST_CASE("an Anthropic stream opens and closes every block, in order") {
  behaviour b;
  b.reasoning = "let me think";
  b.text = "It rains.";
  b.tool_calls = {{"toolu_1", "weather", R"({"city":"Lisbon"})"}, {"toolu_2", "clock", ""}};
  const auto a = ask(with(hi, R"(,"stream":true,"thinking":{"type":"adaptive"})"), b);
  REQUIRE(a.status == 200);
  std::string order;
  std::string input;
  for (const auto& d : a.data()) {
    const auto e = json::parse(d);
    const std::string type(e.at("type").as_string());
    if (type == "content_block_start")
      order += "<" + std::string(e.at_pointer("/content_block/type").as_string());
    if (type == "content_block_stop") order += ">" + std::to_string(e.at("index").as_int64());
    if (type == "message_start" || type == "message_delta" || type == "message_stop")
      order += " " + type + " ";
    if (type == "content_block_delta" && e.at_pointer("/delta/type").as_string() == "input_json_delta" &&
        e.at("index").as_int64() == 2)
      input += e.at_pointer("/delta/partial_json").as_string();
  }
  CHECK(order == " message_start <thinking>0<text>1<tool_use>2<tool_use>3 message_delta  message_stop ");
  CHECK(input == R"({"city":"Lisbon"})");
  CHECK(a.body.find(R"("signature_delta","signature":"ZG91)") != std::string::npos);
  CHECK(a.body.find(R"("stop_reason":"tool_use")") != std::string::npos);
  CHECK(a.body.find("event: message_start\ndata: {") == 0);
}

TEST_CASE("an Anthropic answer leaves cached tokens out of its input tokens") {
  behaviour b;
  b.text = "ok";
  b.usage = scripted_usage{
      .prompt_tokens = 100, .completion_tokens = 5, .cached_tokens = 60, .cache_write_tokens = 10};
  const auto top = json::parse(ask(with(hi), b).body);
  CHECK(top.at_pointer("/usage/input_tokens").as_int64() == 30);
  CHECK(top.at_pointer("/usage/cache_read_input_tokens").as_int64() == 60);
  CHECK(top.at_pointer("/usage/cache_creation_input_tokens").as_int64() == 10);
  CHECK(top.at_pointer("/content/0/text").as_string() == "ok");
  CHECK(top.at("stop_reason").as_string() == "end_turn");
}

TEST_CASE("thinking is shown to who turned it on, and to nobody else") {
  behaviour b;
  b.reasoning = "hm";
  CHECK(ask(with(hi), b).body.find("thinking\":\"hm") == std::string::npos);
  CHECK(ask(with(hi, R"(,"thinking":{"type":"enabled","budget_tokens":1024})"), b)
            .body.find(R"("thinking":"hm")") != std::string::npos);
}

TEST_CASE("tokens are counted without an answer") {
  const auto a = play_answer({}, {"/v1/messages/count_tokens",
                                  R"({"model":"m","messages":[{"role":"user","content":"hi"}]})", fields});
  CHECK(json::parse(a.body).at("input_tokens").as_int64() > 0);
}

TEST_CASE("Anthropic wants its version, a key and known fields") {
  CHECK(play_answer({}, {"/v1/messages", with(hi), {{"anthropic-version", "2023-06-01"}}}).status == 401);
  const auto versionless = play_answer({}, {"/v1/messages", with(hi), {{"x-api-key", "k"}}});
  CHECK(versionless.body.find("anthropic-version: header is required") != std::string::npos);
  const auto unknown = play_answer(
      {}, {"/v1/messages", with(hi), {{"authorization", "Bearer k"}, {"anthropic-version", "2020-01-01"}}});
  CHECK(unknown.body.find("is not a valid version") != std::string::npos);
  CHECK(refused(R"({"model":"m","messages":[{"role":"user","content":"hi"}]})") ==
        "max_tokens: Field required");
  CHECK(refused(with(hi, R"(,"n":2)")) == "n: Extra inputs are not permitted");
  CHECK(refused(with(R"({"role":"user","content":"hi","name":"x"})")) ==
        "messages.0.name: Extra inputs are not permitted");
  CHECK(refused(with(hi, R"(,"temperature":1.5)")) == "temperature: range: 0..1");
  CHECK(refused(with(hi, R"(,"temperature":0.5,"top_p":0.5)")).find("cannot both") != std::string::npos);
}

TEST_CASE("sampling is gone in the version of October 2026") {
  const auto a = play_answer({}, {"/v1/messages",
                                  with(hi, R"(,"temperature":1)"),
                                  {{"x-api-key", "k"}, {"anthropic-version", "2026-10-21"}}});
  CHECK(a.status == 400);
  CHECK(a.body.find("temperature: Extra inputs are not permitted") != std::string::npos);
}

TEST_CASE("Anthropic's turns alternate from the user on and are not empty") {
  CHECK(refused(with(R"({"role":"system","content":"x"})")) ==
        "messages.0.role: Input should be 'user' or 'assistant'");
  CHECK(refused(with(R"({"role":"assistant","content":"x"})")).find("first message") != std::string::npos);
  CHECK(refused(with(R"({"role":"user","content":[{"type":"text","text":""}]})")) ==
        "messages: text content blocks must be non-empty");
  CHECK(refused(with(R"({"role":"user","content":""},{"role":"user","content":"x"})"))
            .find("non-empty content") != std::string::npos);
  CHECK(refused(with(R"({"role":"user","content":"x"},{"role":"assistant","content":"y "})"))
            .find("trailing whitespace") != std::string::npos);
}

TEST_CASE("every tool_use is answered first thing in the next turn") {
  const std::string calls(two_calls);
  CHECK(ask(with(calls +
                 R"(,{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_2","content":"b"},)"
                 R"({"type":"tool_result","tool_use_id":"toolu_1"},{"type":"text","text":"go on"}]})"))
            .status == 200);
  CHECK(refused(with(calls)).find("messages.1: `tool_use` ids were found without") == 0);
  CHECK(refused(with(calls + R"(,{"role":"user","content":"and?"})")).find("toolu_1, toolu_2") !=
        std::string::npos);
  CHECK(
      refused(
          with(
              calls +
              R"(,{"role":"user","content":[{"type":"text","text":"well"},)"
              R"({"type":"tool_result","tool_use_id":"toolu_1"},{"type":"tool_result","tool_use_id":"toolu_2"}]})"))
          .find("`tool_use` ids were found without") != std::string::npos);
  CHECK(refused(with(calls + R"(,{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1"}]},)"
                             R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_2"}]})"))
            .find("ids were found without") != std::string::npos);
  CHECK(refused(with(std::string(hi) +
                     R"(,{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_9"}]})"))
            .find("unexpected `tool_use_id`") != std::string::npos);
  CHECK(
      refused(
          with(
              std::string(hi) +
              R"(,{"role":"assistant","content":[{"type":"tool_use","id":"functions.f:0","name":"f","input":{}}]})"))
          .find("String should match pattern") != std::string::npos);
}

TEST_CASE("thinking forbids forced tools, small budgets and lost thoughts") {
  const std::string tools = R"(,"tools":[{"name":"f","input_schema":{"type":"object"}}])";
  const std::string thinking = R"(,"thinking":{"type":"enabled","budget_tokens":1024})";
  CHECK(refused(with(hi, tools + thinking + R"(,"tool_choice":{"type":"any"})")).find("forces tool use") !=
        std::string::npos);
  CHECK(refused(with(hi, R"(,"thinking":{"type":"enabled","budget_tokens":4096})"))
            .find("`max_tokens` must be greater") == 0);
  CHECK(refused(with(hi, thinking + R"(,"temperature":0.5)")).find("may only be set to 1") !=
        std::string::npos);
  const std::string result = R"(,{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1"}]})";
  const std::string call = R"({"type":"tool_use","id":"t1","name":"f","input":{}}]})";
  const auto history = [&](const std::string& before) {
    return std::string(hi) + R"(,{"role":"assistant","content":[)" + before + call + result;
  };
  CHECK(refused(with(history(""), tools + thinking))
            .find("Expected `thinking` or `redacted_thinking`, but found") != std::string::npos);
  CHECK(refused(
            with(history(R"({"type":"thinking","thinking":"hm","signature":"made up"},)"), tools + thinking))
            .find("Invalid `signature`") != std::string::npos);
  const auto kept = R"({"type":"thinking","thinking":"hm","signature":")" + issued_signature("hm") + R"("},)";
  CHECK(ask(with(history(kept), tools + thinking)).status == 200);
}

TEST_CASE("Anthropic's tools need an object schema, and a choice needs tools") {
  CHECK(refused(with(hi, R"(,"tools":[{"name":"f","input_schema":{}}])")) ==
        "tools.0.custom.input_schema.type: Field required");
  CHECK(refused(with(hi, R"(,"tools":[{"name":"f","parameters":{}}])")).find("Extra inputs") !=
        std::string::npos);
  CHECK(refused(with(hi, R"(,"tool_choice":{"type":"auto"})")).find("while providing tools") !=
        std::string::npos);
  CHECK(
      refused(with(hi, R"(,"tool_choice":"auto","tools":[{"name":"f","input_schema":{"type":"object"}}])")) ==
      "tool_choice: Input should be an object");
}

TEST_CASE("Anthropic's failures are in its own words") {
  behaviour b;
  b.status = 529;
  const auto a = ask(with(hi), b);
  CHECK(a.status == 529);
  CHECK(json::parse(a.body).at_pointer("/error/type").as_string() == "overloaded_error");
  behaviour later;
  later.break_with = break_kind::error_event;
  later.after = 2;
  CHECK(ask(with(hi, R"(,"stream":true)"), later).body.find("event: error\ndata: {\"type\":\"error\"") !=
        std::string::npos);
}

}  // namespace
}  // namespace nearfar::support
