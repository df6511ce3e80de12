#include "providers/dialects/gemini/request_reader.hpp"
#include "tests/unit/providers/dialects/padded.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar;
using namespace nearfar::providers;

namespace {

routes::result<void> read(std::string_view text, request_view& out) {
  static gemini::request_reader reader;
  static std::string kept;
  kept = std::string(padded(text).view());
  kept.append(64, '}');
  const std::string_view body{kept.data(), text.size()};
  return reader.read(body, out);
}

std::uint64_t conversation(std::string_view text) {
  request_view out;
  REQUIRE(read(text, out).has_value());
  return out.facts.conversation;
}

std::string refusal(std::string_view text) {
  request_view out;
  const auto got = read(text, out);
  if (!got.has_error()) return "";
  CHECK(got.error().kind == routes::error_kind::bad_request);
  CHECK(got.error().side == routes::error_side::downstream);
  return got.error().context;
}

}  // namespace

TEST_CASE("the facts of a Gemini request are found in either spelling") {
  for (
      const std::string_view text :
      {R"({"contents":[{"role":"user","parts":[{"text":"hi"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}},
           {"inlineData":{"mimeType":"audio/wav","data":"AAAA"}}]},
           {"role":"model","parts":[{"functionCall":{"name":"f","args":{}},"thoughtSignature":"c2ln"}]}],
           "generationConfig":{"maxOutputTokens":77,"candidateCount":2,"responseMimeType":"application/json"},
           "tools":[{"functionDeclarations":[{"name":"f"}]}]})",
       R"({"contents":[{"role":"user","parts":[{"text":"hi"},{"inline_data":{"mime_type":"image/png","data":"AAAA"}},
           {"inline_data":{"mime_type":"audio/wav","data":"AAAA"}}]},
           {"role":"model","parts":[{"function_call":{"name":"f","args":{}},"thought_signature":"c2ln"}]}],
           "generation_config":{"max_output_tokens":77,"candidate_count":2,"response_mime_type":"application/json"},
           "tools":[{"function_declarations":[{"name":"f"}]}]})"}) {
    request_view out;
    REQUIRE(read(text, out).has_value());
    CHECK(out.facts.in == routes::dialect::gemini);
    CHECK(out.facts.output_tokens == 77);
    CHECK(out.facts.choices == 2);
    CHECK(out.facts.json);
    CHECK(out.facts.tools);
    CHECK(out.facts.images);
    CHECK(out.facts.audio);
    CHECK(out.facts.reasoning_signed);
    CHECK(out.facts.body_bytes == text.size());
    CHECK_FALSE(out.facts.stream);
    CHECK(out.facts.model.empty());
  }
}

TEST_CASE("plain text raises no fact") {
  request_view out;
  REQUIRE(read(R"({"contents":[{"parts":[{"text":"abcd efgh"}]}],"tools":[]})", out).has_value());
  CHECK_FALSE(out.facts.json);
  CHECK_FALSE(out.facts.tools);
  CHECK_FALSE(out.facts.images);
  CHECK_FALSE(out.facts.audio);
  CHECK_FALSE(out.facts.reasoning_signed);
  CHECK(out.facts.input_tokens >= 2);
  CHECK(out.facts.input_tokens < 16);
}

TEST_CASE("the word for no signature is none") {
  request_view out;
  REQUIRE(read(R"({"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"},
                   "thoughtSignature":"skip_thought_signature_validator"}]}]})",
               out)
              .has_value());
  CHECK_FALSE(out.facts.reasoning_signed);
}

TEST_CASE("inline data do not weigh as text, and text weighs by its script") {
  const std::string data(400'000, 'A');
  request_view out;
  REQUIRE(
      read(R"({"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":")" + data + R"("}}]}]})",
           out)
          .has_value());
  CHECK(out.facts.input_tokens < 3000);
  REQUIRE(read(R"({"contents":[{"parts":[{"text":"你好世界你好世界你好世界你好世界"}]}]})", out).has_value());
  const auto wide = out.facts.input_tokens;
  REQUIRE(read(R"({"contents":[{"parts":[{"text":"abcdabcdabcdabcd"}]}]})", out).has_value());
  CHECK(wide > out.facts.input_tokens);
}

TEST_CASE("a conversation is its instruction and first user turn, in whatever order they stand") {
  const auto one = conversation(
      R"({"systemInstruction":{"parts":[{"text":"s"}]},"contents":[{"role":"user","parts":[{"text":"a"}]}]})");
  CHECK(one == conversation(R"({"contents":[{"role":"user","parts":[{"text":"a"}]},
      {"role":"model","parts":[{"text":"b"}]},{"role":"user","parts":[{"text":"c"}]}],
      "system_instruction":{"parts":[{"text":"s"}]}})"));
  CHECK(one != conversation(R"({"contents":[{"role":"user","parts":[{"text":"a"}]}]})"));
  CHECK(one !=
        conversation(
            R"({"systemInstruction":{"parts":[{"text":"s"}]},"contents":[{"parts":[{"text":"z"}]}]})"));
}

TEST_CASE("members are spans of the body, byte for byte") {
  const std::string_view text =
      "{ \"contents\" : [ ] ,\"generationConfig\":{ \"topK\": 4.0e1 } , \"labels\" : {\"a\":\"b\"} }";
  request_view out;
  REQUIRE(read(text, out).has_value());
  REQUIRE(out.members.size() == 3);
  const auto span = [&](std::size_t i) {
    return text.substr(out.members[i].value.offset, out.members[i].value.length);
  };
  CHECK(span(0) == "[ ]");
  CHECK(span(1) == "{ \"topK\": 4.0e1 }");
  CHECK(out.members[2].name == "labels");
  CHECK(span(2) == "{\"a\":\"b\"}");
  CHECK(text.substr(out.last_member_end) == " }");
}

TEST_CASE("single values stand for lists, as in protobuf") {
  request_view out;
  REQUIRE(read(R"({"contents":{"parts":{"text":"hello there"}}})", out).has_value());
  CHECK(out.facts.input_tokens > 0);
}

TEST_CASE("what countTokens counts may be a whole request") {
  request_view out;
  REQUIRE(
      read(
          R"({"generateContentRequest":{"model":"models/m","contents":[{"parts":[{"text":"0123456789abcdef"}]}],
                   "tools":[{"googleSearch":{}}]}})",
          out)
          .has_value());
  CHECK(out.facts.tools);
  CHECK(out.facts.input_tokens > 4);
}

TEST_CASE("what is wrong is refused and its place named") {
  CHECK(refusal("").find("empty") != std::string::npos);
  CHECK(refusal("[]").find("JSON object") != std::string::npos);
  CHECK(refusal("{}").find("contents is missing") != std::string::npos);
  CHECK(refusal(R"({"contents":[],"contents":[]})").find("twice") != std::string::npos);
  CHECK(refusal(R"({"contents":[],"generationConfig":{},"generation_config":{}})").find("twice") !=
        std::string::npos);
  CHECK(refusal(R"({"contents":[{"parts":[{"text":1}]}]})").find("contents[0]") != std::string::npos);
  CHECK(refusal(R"({"contents":[{"parts":["x"]}]})").find("part") != std::string::npos);
  CHECK(refusal(R"({"contents":[],"generationConfig":{"candidateCount":0}})").find("candidateCount") !=
        std::string::npos);
  CHECK(refusal(R"({"contents":[]} {})").find("goes on") != std::string::npos);
  CHECK_FALSE(refusal(R"({"contents":[{"parts":[{"text":"a}]}]})").empty());
  CHECK_FALSE(refusal(R"({"contents":[}]})").empty());
}
