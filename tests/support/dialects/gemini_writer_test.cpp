#include "tests/support/dialects/played_answer.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

namespace nearfar::support {
namespace {

namespace json = boost::json;

const std::vector<std::pair<std::string, std::string>> fields = {{"x-goog-api-key", "k"}};
constexpr std::string_view unary = "/v1beta/models/gemini-2.5-flash:generateContent";
constexpr std::string_view third = "/v1beta/models/gemini-3-pro:generateContent";
constexpr std::string_view hi = R"({"role":"user","parts":[{"text":"hi"}]})";

played_answer ask(std::string_view target, std::string body, const behaviour& how = {}) {
  return play_answer(how, {target, std::move(body), fields});
}

std::string with(std::string_view contents, std::string_view more = "") {
  return R"({"contents":[)" + std::string(contents) + "]" + std::string(more) + "}";
}

std::string refused(std::string body, std::string_view target = unary) {
  const auto a = ask(target, std::move(body));
  if (a.status != 400) return "status " + std::to_string(a.status) + " " + a.body;
  const auto top = json::parse(a.body);
  CHECK(top.at_pointer("/error/status").as_string() == "INVALID_ARGUMENT");
  CHECK(top.at_pointer("/error/code").as_int64() == 400);
  return std::string(top.at_pointer("/error/message").as_string());
}

bool says(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

TEST_CASE("a Gemini stream has parts, whole calls and a last chunk that says why it ended") {
  behaviour b;
  b.text = "It rains.";
  b.tool_calls = {{"c1", "weather", R"({"city":"Lisbon"})"}, {"c2", "clock", ""}};
  const auto a = ask("/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse", with(hi), b);
  REQUIRE(a.status == 200);
  std::string text;
  std::vector<std::string> names;
  std::size_t signatures = 0;
  json::value last;
  for (const auto& d : a.data()) {
    last = json::parse(d);
    const auto& p = last.at_pointer("/candidates/0/content/parts/0").as_object();
    if (p.contains("text")) text += p.at("text").as_string();
    if (p.contains("functionCall")) names.emplace_back(p.at("functionCall").at("name").as_string());
    signatures += p.contains("thoughtSignature") ? 1U : 0U;
  }
  CHECK(text == "It rains.");
  CHECK(names == std::vector<std::string>{"weather", "clock"});
  CHECK(signatures == 1);
  CHECK(last.at_pointer("/candidates/0/finishReason").as_string() == "STOP");
  CHECK(last.at_pointer("/usageMetadata/candidatesTokenCount").as_int64() == 4);
}

TEST_CASE("without alt=sse a Gemini stream is one JSON array") {
  const auto a = ask("/v1beta/models/m:streamGenerateContent", with(hi));
  CHECK(says(a.head, "content-type: application/json"));
  CHECK(json::parse(a.body).as_array().size() == 21);
}

TEST_CASE("thoughts come to who includes them, and are not among the candidates' tokens") {
  behaviour b;
  b.reasoning = "let me think";
  b.text = "ok";
  const auto shown = json::parse(
      ask(unary, with(hi, R"(,"generationConfig":{"thinkingConfig":{"includeThoughts":true}})"), b).body);
  CHECK(shown.at_pointer("/candidates/0/content/parts/0/thought").as_bool());
  CHECK(shown.at_pointer("/usageMetadata/thoughtsTokenCount").as_int64() == 3);
  CHECK(shown.at_pointer("/usageMetadata/candidatesTokenCount").as_int64() == 1);
  CHECK(!says(ask(unary, with(hi), b).body, "\"thought\":true"));
}

TEST_CASE("Gemini takes both spellings of a field, and no unknown one") {
  CHECK(ask(unary, with(hi, R"(,"generation_config":{"max_output_tokens":5})")).status == 200);
  CHECK(refused(with(hi, R"(,"max_tokens":5)")) ==
        "Invalid JSON payload received. Unknown name \"maxTokens\": Cannot find field.");
  CHECK(says(refused(with(R"({"role":"user","parts":[{"txt":"hi"}]})")),
             "Unknown name \"txt\" at 'contents[0].parts[0]'"));
  CHECK(ask(unary, with(hi, R"(,"generationConfig":{"stopSequences":["a","b","c","d","e","f"]})")).status ==
        400);
  CHECK(play_answer({}, {unary, with(hi), {}}).status == 403);
}

TEST_CASE("Gemini wants as many function responses as there were calls") {
  const std::string calls = std::string(hi) +
                            R"(,{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}},)"
                            R"({"functionCall":{"name":"g","args":{}}}]})";
  const std::string f = R"({"functionResponse":{"name":"f","response":{"result":1}}})";
  CHECK(ask(unary, with(calls + R"(,{"role":"user","parts":[)" + f + "," + f + "]}")).status == 200);
  CHECK(says(refused(with(calls + R"(,{"role":"user","parts":[)" + f + "]}")),
             "number of function response parts"));
  CHECK(says(refused(with(calls + "," + std::string(hi))), "number of function response parts"));
  CHECK(says(refused(with(std::string(hi) + R"(,{"role":"user","parts":[)" + f + "]}")),
             "number of function response parts"));
  CHECK(says(refused(with(calls + R"(,{"role":"user","parts":[)" + f +
                          R"(,{"functionResponse":{"name":"g","response":"text"}}]})")),
             "Struct"));
}

TEST_CASE("a Gemini 3 model wants the signature of its calls back") {
  const auto history = [](std::string_view signature) {
    return std::string(hi) + R"(,{"role":"model","parts":[{"functionCall":{"name":"f","args":{}})" +
           std::string(signature) +
           R"(}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]})";
  };
  CHECK(says(refused(with(history("")), third), "missing a thought_signature"));
  CHECK(ask(unary, with(history(""))).status == 200);
  CHECK(says(refused(with(history(R"(,"thoughtSignature":"bm9uZQ==")")), third), "Corrupted"));
  CHECK(ask(third, with(history(R"(,"thoughtSignature":"skip_thought_signature_validator")"))).status == 200);
  CHECK(ask(third, with(history(R"(,"thoughtSignature":")" + issued_signature("") + "\""))).status == 200);
}

TEST_CASE("Gemini's parameters are a Schema, not JSON Schema") {
  const auto tool = [](std::string_view schema) {
    return R"(,"tools":[{"functionDeclarations":[{"name":"f","parameters":)" + std::string(schema) + "}]}]";
  };
  CHECK(ask(unary, with(hi, tool(R"({"type":"object","properties":{"a":{"type":"string"}}})"))).status ==
        200);
  for (const auto* bad :
       {R"({"type":"object","properties":{"a":{"$ref":"#/x"}}})",
        R"({"type":"object","additionalProperties":false,"properties":{"a":{"type":"string"}}})",
        R"({"type":"object","properties":{"a":{"type":["string","null"]}}})",
        R"({"type":"object","properties":{"a":{"const":"x"}}})", R"({"type":"object","properties":{}})",
        R"({"type":"object","properties":{"a":{"oneOf":[]}}})"}) {
    INFO(bad);
    CHECK(ask(unary, with(hi, tool(bad))).status == 400);
  }
  CHECK(ask(unary, with(hi, R"(,"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":)"
                            R"({"type":"object","additionalProperties":false}}]}])"))
            .status == 200);
  CHECK(says(
      refused(with(
          hi,
          R"(,"tools":[{"functionDeclarations":[{"name":"f"}]},{"functionDeclarations":[{"name":"g"}]}])")),
      "Multiple tools"));
}

TEST_CASE("a thinking budget and a level exclude each other") {
  const auto config = [](std::string_view thinking) {
    return R"(,"generationConfig":{"thinkingConfig":)" + std::string(thinking) + "}";
  };
  CHECK(says(refused(with(hi, config(R"({"thinkingBudget":1024,"thinkingLevel":"LOW"})")), third),
             "only set only one"));
  CHECK(says(refused(with(hi, config(R"({"thinkingLevel":"LOW"})"))), "not supported"));
  CHECK(ask(third, with(hi, config(R"({"thinkingLevel":"LOW"})"))).status == 200);
  CHECK(says(refused(with(hi, R"(,"generationConfig":{"responseJsonSchema":{"type":"object"}})")),
             "mime type"));
}

TEST_CASE("Gemini's errors carry code and status, in a stream too") {
  behaviour b;
  b.status = 429;
  const auto a = ask(unary, with(hi), b);
  CHECK(json::parse(a.body).at_pointer("/error/status").as_string() == "RESOURCE_EXHAUSTED");
  behaviour later;
  later.break_with = break_kind::error_event;
  later.after = 1;
  const auto s = ask("/v1beta/models/m:streamGenerateContent?alt=sse", with(hi), later);
  CHECK(json::parse(s.data().back()).at_pointer("/error/status").as_string() == "INTERNAL");
}

}  // namespace
}  // namespace nearfar::support
