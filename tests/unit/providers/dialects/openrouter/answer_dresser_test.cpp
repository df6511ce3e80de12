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

TEST_CASE("thoughts go by OpenRouter's name") {
  CHECK(dressed(R"({"choices":[{"delta":{"reasoning_content":"hm","content":null}}]})") ==
        R"({"provider":"home\"lab","choices":[{"delta":{"reasoning":"hm","content":null}}]})");
  CHECK(dressed(R"({"choices":[{"delta":{"reasoning_content":"hm","reasoning":"hm"}}]})") ==
        R"({"provider":"home\"lab","choices":[{"delta":{"reasoning_content":"hm","reasoning":"hm"}}]})");
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
