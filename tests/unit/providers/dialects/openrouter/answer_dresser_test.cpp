#include "providers/dialects/openrouter/answer_dresser.hpp"

#include "tests/unit/providers/dialects/random_json.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace nearfar::providers;
namespace json = boost::json;

namespace {

openrouter::dress_terms terms() {
  return {"gen-1-abc", "home\"lab", {3.0, 15.0, 0.3}, ""};
}

std::string dressed(std::string_view body, openrouter::dress_terms with = terms()) {
  openrouter::answer_dresser one;
  one.begin(std::move(with));
  std::string out = "before ";
  one.answer(body, out);
  REQUIRE(out.starts_with("before "));
  return out.substr(7);
}

std::string dressed_events(std::string_view raw) {
  openrouter::answer_dresser one;
  one.begin(terms());
  std::string out;
  one.events(raw, out);
  return out;
}

}  // namespace

TEST_CASE("an answer gets provider, id, the native reason and its cost, and keeps every other byte") {
  CHECK(
      dressed(R"({"id":"chatcmpl-7", "object":"chat.completion","choices":[ {"index":0,)"
              R"("message":{"role":"assistant","content":"a\u00e9"},"finish_reason":"stop"}],)"
              R"("usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,)"
              R"("prompt_tokens_details":{"cached_tokens":600}}})") ==
      R"({"provider":"home\"lab","id":"gen-1-abc", "object":"chat.completion","choices":[ {"index":0,)"
      R"("message":{"role":"assistant","content":"a\u00e9"},"finish_reason":"stop","native_finish_reason":"stop"}],)"
      R"("usage":{"cost":0.00288,"is_byok":false,"cost_details":{"upstream_inference_cost":0.00288,)"
      R"("upstream_inference_prompt_cost":0.00138,"upstream_inference_completions_cost":0.0015,)"
      R"("estimated":true},"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,)"
      R"("prompt_tokens_details":{"cached_tokens":600}}})");
}

TEST_CASE("an answer of OpenRouter's own keeps its provider, reasons and cost") {
  const std::string_view theirs =
      R"({"id":"gen-9","provider":"DeepInfra","choices":[{"finish_reason":"stop","native_finish_reason":"eos"}],)"
      R"("usage":{"prompt_tokens":1,"completion_tokens":1,"cost":0.5}})";
  std::string wanted(theirs);
  wanted.replace(wanted.find("gen-9"), 5, "gen-1-abc");
  CHECK(dressed(theirs) == wanted);
}

TEST_CASE("the finish reason is one of five, the vendor's own word stands beside it") {
  CHECK(
      dressed(R"({"choices":[{"finish_reason":"function_call"}]})") ==
      R"({"provider":"home\"lab","choices":[{"finish_reason":"tool_calls","native_finish_reason":"function_call"}]})");
  CHECK(dressed(R"({"choices":[{"finish_reason":null,"delta":{}}]})") ==
        R"({"provider":"home\"lab","choices":[{"finish_reason":null,"delta":{}}]})");
  CHECK(openrouter::normal_finish("eos") == "stop");
  CHECK(openrouter::normal_finish("max_tokens") == "length");
}

TEST_CASE("thoughts go by OpenRouter's name and in its details") {
  const std::string head = R"({"provider":"home\"lab","choices":[{)";
  const std::string hm =
      R"("hm","reasoning_details":[{"type":"reasoning.text","text":"hm","format":"unknown","index":0}])";
  CHECK(dressed(R"({"choices":[{"delta":{"reasoning_content":"hm","content":null}}]})") ==
        head + R"("delta":{"reasoning":)" + hm + R"(,"content":null}}]})");
  CHECK(dressed(R"({"choices":[{"message":{"reasoning_content":"hm","reasoning":"hm"},"index":0}]})") ==
        head + R"("message":{"reasoning_content":"hm","reasoning":)" + hm + R"(},"index":0}]})");
  // Nothing was thought.
  CHECK(dressed(R"({"choices":[{"delta":{"reasoning_content":"","reasoning":null}}]})") ==
        head + R"("delta":{"reasoning_content":"","reasoning":null}}]})");
  // Who has details of its own keeps them.
  const std::string own =
      R"("message":{"reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"s"}]}}]})";
  CHECK(dressed(R"({"choices":[{)" + own) == head + own);
}

TEST_CASE("the thoughts of a stream are in its details once, with the signature behind them") {
  const auto event = [](std::string_view delta) {
    return R"(data: {"choices":[{"index":0,"delta":)" + std::string(delta) + "}]}\n\n";
  };
  const auto out = dressed_events(
      event(R"({"reasoning":"a"})") + event(R"({"reasoning":"b"})") +
      event(
          R"({"reasoning_details":[{"type":"reasoning.text","text":"ab","signature":"nf1.x.s","index":0}]})") +
      event(R"({"reasoning":"c"})") +
      event(R"({"reasoning_details":[{"type":"reasoning.encrypted","data":"d","id":"call","index":2}]})") +
      event(R"({"reasoning":"e"})"));
  std::string text;
  std::string signatures;
  std::string indices;
  for (std::size_t at = 0; (at = out.find("data: ", at)) != std::string::npos;) {
    const auto end = out.find('\n', at);
    const auto parsed = json::parse(out.substr(at + 6, end - at - 6));
    const auto& entry = parsed.at_pointer("/choices/0/delta/reasoning_details/0").as_object();
    if (const auto* said = entry.if_contains("text")) text += said->as_string();
    if (const auto* said = entry.if_contains("signature")) signatures += said->as_string();
    indices += std::to_string(entry.at("index").as_int64());
    at = end;
  }
  CHECK(text == "abce");
  CHECK(signatures == "nf1.x.s");
  CHECK(indices == "000123");
}

TEST_CASE("a cost that is not known is not told") {
  auto without = terms();
  without.prices.output.reset();
  CHECK(dressed(R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}})", without) ==
        R"({"provider":"home\"lab","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}})");
  auto free = terms();
  free.prices = {0.0, 0.0, {}};
  CHECK(dressed(R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}})", free)
            .find("\"cost\":0,") != std::string::npos);
}

TEST_CASE("router metadata stands where the usage does") {
  auto with = terms();
  with.metadata = R"({"attempt":1})";
  CHECK(dressed(R"({"choices":[],"usage":{}})", with) ==
        R"({"provider":"home\"lab","openrouter_metadata":{"attempt":1},"choices":[],"usage":{}})");
  CHECK(dressed(R"({"choices":[]})", with).find("metadata") == std::string::npos);
}

TEST_CASE("what is no answer passes as it is") {
  for (const std::string_view text : {"", "{", "[1]", R"({"error":{"message":"x"}})", R"({"choices":[{]})",
                                      R"({"choices":[{"finish_reason":"stop"}],"usage":{"a":})"})
    CHECK(dressed(text) == text);
}

TEST_CASE("every event of a stream is dressed, comments and the end are not") {
  CHECK(dressed_events(
            ": ping\n\ndata: {\"id\":\"x\",\"choices\":[]}\r\n\r\nevent: a\ndata:{\"choices\":[]}\n\n"
            "data: [DONE]\n\n") ==
        ": ping\n\ndata: {\"provider\":\"home\\\"lab\",\"id\":\"gen-1-abc\",\"choices\":[]}\r\n\r\n"
        "event: a\ndata:{\"provider\":\"home\\\"lab\",\"choices\":[]}\n\ndata: [DONE]\n\n");
}

TEST_CASE("a dressed answer means the same to another parser but for what was added") {
  for (unsigned seed = 1; seed <= 1500; ++seed) {
    random_json make{seed};
    const auto extra = make.value(0);
    const std::string body = R"({"a key":)" + extra + R"(,"choices":[{"index":0,"x":)" + make.value(1) +
                             R"(,"finish_reason":"length"}],"id":"i","usage":{"prompt_tokens":7,)" +
                             R"("completion_tokens":9}})";
    INFO(body);
    auto wanted = json::parse(body).as_object();
    wanted["provider"] = "home\"lab";
    wanted["id"] = "gen-1-abc";
    wanted["choices"].as_array()[0].as_object()["native_finish_reason"] = "length";
    auto got = json::parse(dressed(body)).as_object();
    REQUIRE(got["usage"].as_object().contains("cost"));
    got["usage"] = wanted["usage"];
    REQUIRE(got == wanted);
  }
}
