#include "providers/dialects/gemini/request_parser.hpp"
#include "providers/dialects/gemini/request_writer.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace nearfar;
using namespace nearfar::providers;

// Semantic equality: the same members and values, in whatever order.
TEST_CASE("a Gemini request goes through the neutral form and back without loss") {
  const std::string_view text =
      GENERATE(R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})",
               R"({"systemInstruction":{"parts":[{"text":"be brief"},{"text":"be kind"}]},
          "contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]},
                      {"role":"user","parts":[{"text":"c"}]}],
          "generationConfig":{"temperature":0.5,"topP":0.25,"topK":40,"candidateCount":1,"maxOutputTokens":100,
            "stopSequences":["x","y","z","u","v","w"],"presencePenalty":0.5,"frequencyPenalty":-0.5,"seed":7,
            "responseLogprobs":true,"logprobs":3,"responseModalities":["TEXT","IMAGE"],
            "speechConfig":{"voiceConfig":{"prebuiltVoiceConfig":{"voiceName":"Kore"}}},
            "imageConfig":{"aspectRatio":"16:9"},"mediaResolution":"MEDIA_RESOLUTION_LOW"},
          "safetySettings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}],
          "cachedContent":"cachedContents/x","labels":{"team":"t"},"serviceTier":"flex"})",
               R"({"contents":[{"role":"user","parts":[{"text":"q"}]},
           {"role":"model","parts":[{"text":"thinking","thought":true},
             {"functionCall":{"name":"f","args":{"a":1,"b":[true,null]}},"thoughtSignature":"c2lnbmF0dXJl"},
             {"functionCall":{"name":"g","args":{},"id":"own"}}]},
           {"role":"user","parts":[
             {"functionResponse":{"name":"f","response":{"result":"r"}}},
             {"functionResponse":{"name":"g","id":"own","response":{"x":{"y":1}},"willContinue":false}}]},
           {"role":"model","parts":[{"text":"done","thoughtSignature":"YWJj"},{"text":"","thoughtSignature":"ZGVm"}]}],
          "tools":[{"functionDeclarations":[
             {"name":"f","description":"d","parameters":{"type":"OBJECT","properties":{"a":{"type":"INTEGER",
               "nullable":true,"minimum":1}},"required":["a"],"propertyOrdering":["a"]}},
             {"name":"g","parametersJsonSchema":{"type":"object","additionalProperties":false},
              "behavior":"NON_BLOCKING","response":{"type":"STRING"}}]},
             {"googleSearch":{}},{"codeExecution":{}}],
          "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]},
             "retrievalConfig":{"languageCode":"de"}}})",
               R"({"contents":[{"role":"user","parts":[
             {"inlineData":{"mimeType":"image/png","data":"AAAA","displayName":"a.png"},
              "mediaResolution":{"level":"MEDIA_RESOLUTION_HIGH"}},
             {"fileData":{"mimeType":"video/mp4","fileUri":"https://youtu.be/x"},
              "videoMetadata":{"startOffset":"1s","fps":2}},
             {"inlineData":{"mimeType":"audio/wav","data":"BBBB"}},
             {"inlineData":{"mimeType":"application/pdf","data":"CCCC"}}]},
           {"role":"model","parts":[{"executableCode":{"language":"PYTHON","code":"1+1"}},
             {"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"2"}}]}]})",
               R"({"contents":[{"role":"user","parts":[{"text":"j"}]}],
          "generationConfig":{"responseMimeType":"application/json",
            "responseSchema":{"type":"OBJECT","properties":{"a":{"type":"STRING","maxLength":"5"}}},
            "thinkingConfig":{"includeThoughts":true,"thinkingBudget":-1}},
          "toolConfig":{"functionCallingConfig":{"mode":"VALIDATED"}}})",
               R"({"contents":[{"role":"user","parts":[{"text":"j"}]}],
          "generationConfig":{"responseMimeType":"application/json",
            "responseJsonSchema":{"type":"object","$defs":{"x":{}}},"thinkingConfig":{"thinkingLevel":"HIGH"}},
          "toolConfig":{"functionCallingConfig":{"mode":"NONE"}}})",
               R"({"contents":[{"role":"user","parts":[{"text":"e"}]}],
          "generationConfig":{"responseMimeType":"text/x.enum","responseSchema":{"type":"STRING","enum":["a"]}}})");
  const auto parsed = gemini::parse_request(text);
  REQUIRE(parsed.has_value());
  CHECK(parsed->from == config::dialect::gemini);
  const auto written = gemini::write_request(*parsed, {.model = "gemini-2.5-pro", .issuer = "gemini"});
  REQUIRE(written.has_value());
  auto wanted = boost::json::parse({text.data(), text.size()});
  auto got = boost::json::parse(written->body);
  // What carries an enumeration's words is a schema, so the answer is JSON but for the type it names.
  INFO(written->body);
  CHECK(got == wanted);
  CHECK(written->notes.empty());
}

TEST_CASE("snake case means the same as camel case") {
  const auto snake = gemini::parse_request(
      R"({"system_instruction":{"parts":{"text":"s"}},"contents":{"role":"user","parts":{"text":"x"}},
          "generation_config":{"max_output_tokens":5,"stop_sequences":["a"],"thinking_config":{"thinking_budget":3}},
          "tool_config":{"function_calling_config":{"mode":"AUTO"}},"safety_settings":[]})");
  const auto camel = gemini::parse_request(
      R"({"systemInstruction":{"parts":[{"text":"s"}]},"contents":[{"role":"user","parts":[{"text":"x"}]}],
          "generationConfig":{"maxOutputTokens":5,"stopSequences":["a"],"thinkingConfig":{"thinkingBudget":3}},
          "toolConfig":{"functionCallingConfig":{"mode":"AUTO"}},"safetySettings":[]})");
  REQUIRE(snake.has_value());
  REQUIRE(camel.has_value());
  const write_options how{.model = "gemini-2.5-flash", .issuer = "gemini"};
  CHECK(gemini::write_request(*snake, how)->body == gemini::write_request(*camel, how)->body);
}

TEST_CASE("results without ids find their calls, the same way every time") {
  const std::string_view text =
      R"({"contents":[{"role":"user","parts":[{"text":"q"}]},
           {"role":"model","parts":[{"functionCall":{"name":"f","args":{"n":1}}},{"functionCall":{"name":"g"}},
                                    {"functionCall":{"name":"f","args":{"n":2}}}]},
           {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"result":"1"}}},
                                   {"functionResponse":{"name":"f","response":{"error":"2"}}},
                                   {"functionResponse":{"name":"g","response":{"a":1}}},{"text":"go"}]}]})";
  const auto once = gemini::parse_request(text);
  const auto again = gemini::parse_request(text);
  REQUIRE(once.has_value());
  REQUIRE(once->messages.size() == 6);
  const auto& calls = once->messages[1].parts;
  REQUIRE(calls.size() == 3);
  CHECK(calls[0].id != calls[2].id);
  CHECK(calls[0].id == again->messages[1].parts[0].id);
  CHECK(once->messages[2].parts[0].id == calls[0].id);
  CHECK(once->messages[3].parts[0].id == calls[2].id);
  CHECK(once->messages[3].parts[0].failed);
  CHECK(once->messages[4].parts[0].id == calls[1].id);
  CHECK(once->messages[4].parts[0].content[0].text == R"({"a":1})");
  CHECK(once->messages[2].who == chat::role::tool);
  CHECK(once->messages[5].parts[0].text == "go");
}

TEST_CASE("a request that cannot be read is refused with its place") {
  const auto why = [](std::string_view text) {
    const auto got = gemini::parse_request(text);
    REQUIRE(got.has_error());
    CHECK(got.error().kind == routes::error_kind::bad_request);
    CHECK(got.error().side == routes::error_side::downstream);
    return got.error().context;
  };
  CHECK(why("{").find("JSON") != std::string::npos);
  CHECK(why("[]").find("object") != std::string::npos);
  CHECK(why("{}").find("contents") != std::string::npos);
  CHECK(why(R"({"contents":[{"parts":[{"functionCall":{}}]}]})").find("contents[0]") != std::string::npos);
  CHECK(why(R"({"contents":[],"generationConfig":{"topK":"x"}})").find("topK") != std::string::npos);
  CHECK(why(R"({"contents":[],"toolConfig":{"functionCallingConfig":{"mode":7}}})").find("mode") !=
        std::string::npos);
}
