#include "tests/support/dialects/played_answer.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <map>

namespace nearfar::support {
namespace {

namespace json = boost::json;

const std::vector<std::pair<std::string, std::string>> fields = {{"authorization", "Bearer k"}};

played_answer ask(std::string body, const behaviour& how = {}) {
  return play_answer(how, {"/v1/responses", std::move(body), fields});
}

std::string with(std::string_view input, std::string_view more = "") {
  return R"({"model":"m","input":)" + std::string(input) + std::string(more) + "}";
}

std::string refused(std::string body, const behaviour& how = {}) {
  const auto a = ask(std::move(body), how);
  if (a.status != 400) return "status " + std::to_string(a.status) + " " + a.body;
  return std::string(json::parse(a.body).at_pointer("/error/message").as_string());
}

bool says(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

TEST_CASE("a Responses stream counts its events and closes every item it opened") {
  behaviour b;
  b.reasoning = "let me think";
  b.text = "It rains.";
  b.tool_calls = {{"call_1", "weather", R"({"city":"Lisbon"})"}, {"call_2", "clock", "{}"}};
  const auto a =
      ask(with(R"("hi")",
               R"(,"stream":true,"reasoning":{"summary":"auto"},"include":["reasoning.encrypted_content"])"),
          b);
  REQUIRE(a.status == 200);
  std::int64_t number = 0;
  std::map<std::string, int> seen;
  json::value last;
  for (const auto& d : a.data()) {
    last = json::parse(d);
    CHECK(last.at("sequence_number").as_int64() == number++);
    ++seen[std::string(last.at("type").as_string())];
  }
  CHECK(seen["response.output_item.added"] == 4);
  CHECK(seen["response.output_item.done"] == 4);
  CHECK(seen["response.function_call_arguments.done"] == 2);
  CHECK(seen["response.reasoning_summary_text.delta"] == 3);
  CHECK(last.at("type").as_string() == "response.completed");
  CHECK(last.at_pointer("/response/output").as_array().size() == 4);
  CHECK(last.at_pointer("/response/output/0/encrypted_content").as_string().starts_with("ZG91"));
  CHECK(last.at_pointer("/response/output/2/arguments").as_string() == R"({"city":"Lisbon"})");
  CHECK(last.at_pointer("/response/usage/output_tokens_details/reasoning_tokens").as_int64() == 3);
}

TEST_CASE("an answer that is too long is incomplete, and says why") {
  behaviour b;
  b.tokens = 40;
  const auto top = json::parse(ask(with(R"("hi")", R"(,"max_output_tokens":16)"), b).body);
  CHECK(top.at("status").as_string() == "incomplete");
  CHECK(top.at_pointer("/incomplete_details/reason").as_string() == "max_output_tokens");
}

TEST_CASE("Responses refuses what it does not know or did not keep") {
  CHECK(refused(with(R"("hi")", R"(,"messages":[])")) == "Unknown parameter: 'messages'.");
  CHECK(says(refused(with(R"("hi")", R"(,"previous_response_id":"resp_1")")), "not found"));
  CHECK(says(refused(with(R"("hi")", R"(,"max_output_tokens":3)")), "Expected a value >= 16"));
  CHECK(says(refused(with(R"([{"role":"assistant","content":[{"type":"input_text","text":"x"}]}])")),
             "'output_text' and 'refusal'"));
  CHECK(says(refused(with(R"("hi")", R"(,"tools":[{"type":"function","function":{"name":"f"}}])")),
             "tools[0].name"));
  CHECK(says(refused(with(R"("hi")", R"(,"text":{"format":{"type":"json_object"}})")), "the word 'json'"));
  CHECK(play_answer({}, {"/v1/responses", with(R"("hi")"), {}}).status == 401);
}

TEST_CASE("Responses wants each call answered and its reasoning in front of it") {
  const std::string call =
      R"({"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{}"})";
  const std::string output = R"({"type":"function_call_output","call_id":"call_1","output":"x"})";
  CHECK(ask(with("[" + call + "," + output + "]")).status == 200);
  CHECK(says(refused(with("[" + call + "]")), "No tool output found for function call call_1"));
  CHECK(says(refused(with("[" + output + "]")), "No tool call found"));
  const std::string thought_call =
      R"({"type":"function_call","id":"fc_rs_1","call_id":"call_1","name":"f","arguments":"{}"})";
  CHECK(
      says(refused(with("[" + thought_call + "," + output + "]")), "without its required 'reasoning' item"));
  const auto reasoning = R"({"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":")" +
                         issued_signature("hm") + "\"}";
  CHECK(ask(with("[" + reasoning + "," + thought_call + "," + output + "]")).status == 200);
  CHECK(says(refused(with("[" + reasoning + "]")), "without its required following item"));
  CHECK(says(
      refused(with(R"([{"type":"reasoning","id":"rs_1","summary":[]},)" + thought_call + "," + output + "]")),
      "not persisted"));
}

TEST_CASE("a failed Responses stream ends in an error event") {
  behaviour b;
  b.break_with = break_kind::error_event;
  b.after = 1;
  const auto a = ask(with(R"("hi")", R"(,"stream":true)"), b);
  CHECK(json::parse(a.data().back()).at("type").as_string() == "error");
}

}  // namespace
}  // namespace nearfar::support
