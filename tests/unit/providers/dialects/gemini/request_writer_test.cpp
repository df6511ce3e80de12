#include "providers/dialects/gemini/request_writer.hpp"
#include "providers/dialects/gemini/thought_signature.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::chat;
namespace json = boost::json;

namespace {

part text_part(std::string text) {
  part out;
  out.text = std::move(text);
  return out;
}

part call_part(std::string id, std::string name, std::string arguments) {
  part out;
  out.kind = part_kind::tool_call;
  out.id = std::move(id);
  out.name = std::move(name);
  out.text = std::move(arguments);
  return out;
}

part result_part(std::string id, std::string text) {
  part out;
  out.kind = part_kind::tool_result;
  out.id = std::move(id);
  out.content.push_back(text_part(std::move(text)));
  return out;
}

message turn(role who, std::vector<part> parts) {
  message out;
  out.who = who;
  out.parts = std::move(parts);
  return out;
}

struct sent {
  json::object body;
  std::vector<std::string> notes;
  const json::value& at(std::string_view pointer) const {
    whole = body;
    return whole.at_pointer({pointer.data(), pointer.size()});
  }
  bool noted(std::string_view word) const {
    return std::any_of(notes.begin(), notes.end(), [&](const auto& n) { return n.starts_with(word); });
  }
  mutable json::value whole;
};

sent write(const chat_request& asked, std::string_view model = "gemini-3-pro",
           std::span<const config::body_field> set = {}, std::span<const config::body_field> defaults = {}) {
  const auto out =
      gemini::write_request(asked, {.model = model, .issuer = "gemini", .set = set, .defaults = defaults});
  REQUIRE(out.has_value());
  sent made{json::parse(out->body).as_object(), out->notes, {}};
  return made;
}

chat_request plain() {
  chat_request out;
  out.messages.push_back(turn(role::user, {text_part("q")}));
  return out;
}

}  // namespace

TEST_CASE("leading system texts are the instruction, a later one is said by the user") {
  chat_request asked;
  asked.messages = {turn(role::system, {text_part("a")}), turn(role::developer, {text_part("b")}),
                    turn(role::user, {text_part("c")}), turn(role::system, {text_part("d")}),
                    turn(role::assistant, {text_part("e")})};
  const auto got = write(asked);
  CHECK(got.at("/systemInstruction") == json::parse(R"({"parts":[{"text":"a"},{"text":"b"}]})"));
  CHECK(got.at("/contents") == json::parse(R"([{"role":"user","parts":[{"text":"c"},{"text":"d"}]},
                                               {"role":"model","parts":[{"text":"e"}]}])"));
  CHECK(got.noted("system"));
}

TEST_CASE("a model without an instruction is told by the user") {
  chat_request asked = plain();
  asked.messages.insert(asked.messages.begin(), turn(role::system, {text_part("s")}));
  const auto got = write(asked, "gemma-3-27b-it");
  CHECK_FALSE(got.body.contains("systemInstruction"));
  CHECK(got.at("/contents") == json::parse(R"([{"role":"user","parts":[{"text":"s"},{"text":"q"}]}])"));
}

TEST_CASE("results stand in one user turn, one for each call in the calls' order [trap4]") {
  chat_request asked;
  asked.messages = {turn(role::user, {text_part("q")}),
                    turn(role::assistant, {call_part("a", "f", R"({"n":1})"), call_part("b", "g", "{}"),
                                           call_part("c", "h", "")}),
                    turn(role::tool, {result_part("b", "two")}),
                    turn(role::user, {text_part("and")}),
                    turn(role::tool, {result_part("a", R"({"one":1})")}),
                    turn(role::tool, {result_part("zzz", "orphan")})};
  const auto got = write(asked, "gemini-2.5-flash");
  CHECK(got.at("/contents/2") == json::parse(R"({"role":"user","parts":[
          {"functionResponse":{"id":"a","name":"f","response":{"one":1}}},
          {"functionResponse":{"id":"b","name":"g","response":{"result":"two"}}},
          {"functionResponse":{"id":"c","name":"h","response":{"error":"no result"}}},
          {"text":"and"}]})"));
  CHECK(got.at("/contents/1/parts/2/functionCall/args") == json::object{});
  CHECK(got.noted("tool result: a missing"));
  CHECK(got.noted("tool result: one without its call"));
}

TEST_CASE("a call with broken arguments keeps its place [trap4]") {
  chat_request asked;
  asked.messages = {turn(role::user, {text_part("q")}),
                    turn(role::assistant, {call_part("a", "f", R"({"n":)"), call_part("b", "g", "[1]")}),
                    turn(role::tool, {result_part("a", "x")}), turn(role::tool, {result_part("b", "[1]")})};
  const auto got = write(asked, "gemini-2.5-flash");
  CHECK(got.at("/contents/1/parts/0/functionCall/args") == json::parse(R"({"arguments":"{\"n\":"})"));
  CHECK(got.at("/contents/2/parts").as_array().size() == 2);
  CHECK(got.at("/contents/2/parts/1/functionResponse/response") == json::parse(R"({"result":"[1]"})"));
  CHECK(got.noted("arguments"));
}

TEST_CASE("a failed result says error, and one id of two turns finds the call of its own turn") {
  auto failed = result_part("x", "boom");
  failed.failed = true;
  chat_request asked;
  asked.messages = {turn(role::user, {text_part("q")}), turn(role::assistant, {call_part("x", "f", "{}")}),
                    turn(role::tool, {failed}), turn(role::assistant, {call_part("x", "g", "{}")}),
                    turn(role::tool, {result_part("x", "ok")})};
  const auto got = write(asked, "gemini-2.5-flash");
  CHECK(got.at("/contents/2/parts/0/functionResponse/response") == json::parse(R"({"error":"boom"})"));
  CHECK(got.at("/contents/4/parts/0/functionResponse/name") == "g");
}

TEST_CASE("signatures go back to their issuer only, and a call without one says so") {
  auto own = call_part("a", "f", "{}");
  own.signature = "c2ln";
  own.issuer = "gemini";
  auto foreign = call_part("b", "g", "{}");
  foreign.signature = "xyz";
  foreign.issuer = "anthropic-messages";
  part thought;
  thought.kind = part_kind::thinking;
  thought.text = "hm";
  thought.signature = "sss";
  thought.issuer = "anthropic-messages";
  chat_request asked;
  asked.messages = {turn(role::user, {text_part("q")}),
                    turn(role::assistant, {own, call_part("c", "h", "{}")}),
                    turn(role::tool, {result_part("a", "1"), result_part("c", "2")}),
                    turn(role::assistant, {thought, foreign}), turn(role::tool, {result_part("b", "3")})};
  const auto got = write(asked);
  CHECK(got.at("/contents/1/parts/0/thoughtSignature") == "c2ln");
  CHECK_FALSE(got.at("/contents/1/parts/1").as_object().contains("thoughtSignature"));
  CHECK(got.at("/contents/3/parts").as_array().size() == 1);
  CHECK(got.at("/contents/3/parts/0/thoughtSignature") == "skip_thought_signature_validator");
  CHECK(got.noted("signature: another"));
  CHECK(got.noted("reasoning"));
  const auto old = write(asked, "gemini-2.5-pro");
  CHECK_FALSE(old.at("/contents/3/parts/0").as_object().contains("thoughtSignature"));
}

TEST_CASE("a foreign signature travels as base64 and comes back as it was") {
  const auto text = gemini::write_signature("anthropic-messages", "EqQB/+x.y==");
  CHECK(text.find('.') == std::string::npos);
  std::string url_safe = text;
  std::replace(url_safe.begin(), url_safe.end(), '+', '-');
  std::replace(url_safe.begin(), url_safe.end(), '/', '_');
  for (const auto& each : {text, url_safe, std::string("nf1.anthropic-messages.EqQB/+x.y==")}) {
    const auto back = gemini::read_signature(each);
    CHECK(back.issuer == "anthropic-messages");
    CHECK(back.signature == "EqQB/+x.y==");
  }
  CHECK(gemini::read_signature("c2ln").issuer == "gemini");
  CHECK(gemini::write_signature("gemini", "c2ln") == "c2ln");
}

TEST_CASE("media are inline data, addresses are file data, and types are told") {
  part image;
  image.kind = part_kind::image;
  image.media.data = "iVBORw0KGgoAAA";
  image.media.detail = "low";
  part sound;
  sound.kind = part_kind::audio;
  sound.media.mime = "mp3";
  sound.media.data = "AAAA";
  part far;
  far.kind = part_kind::image;
  far.media.url = "https://x/y.png";
  chat_request asked;
  asked.messages = {turn(role::user, {image, sound, far})};
  const auto got = write(asked);
  CHECK(got.at("/contents/0/parts") ==
        json::parse(R"([{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgoAAA"},
                         "mediaResolution":{"level":"MEDIA_RESOLUTION_LOW"}},
                        {"inlineData":{"mimeType":"audio/mp3","data":"AAAA"}},
                        {"fileData":{"fileUri":"https://x/y.png"}}])"));
  CHECK(got.noted("url"));
}

TEST_CASE("media that cannot be said are refused and named") {
  part file;
  file.kind = part_kind::file;
  file.media.file_id = "file-1";
  chat_request asked;
  asked.messages = {turn(role::user, {file})};
  auto got = gemini::write_request(asked, {.model = "m", .issuer = "gemini"});
  REQUIRE(got.has_error());
  CHECK(got.error().kind == routes::error_kind::bad_request);
  CHECK(got.error().side == routes::error_side::internal);
  CHECK(got.error().context.starts_with("file id"));
  asked.messages[0].parts[0].media = {};
  asked.messages[0].parts[0].media.data = "zzzz";
  got = gemini::write_request(asked, {.model = "m", .issuer = "gemini"});
  REQUIRE(got.has_error());
  CHECK(got.error().context.starts_with("media type"));
}

TEST_CASE("an image in a result stands in it with new models and beside it with old ones") {
  auto result = result_part("a", "see");
  part image;
  image.kind = part_kind::image;
  image.media.mime = "image/png";
  image.media.data = "AAAA";
  result.content.push_back(image);
  chat_request asked;
  asked.messages = {turn(role::user, {text_part("q")}), turn(role::assistant, {call_part("a", "f", "{}")}),
                    turn(role::tool, {result})};
  CHECK(write(asked).at("/contents/2/parts/0/functionResponse/parts/0/inlineData/data") == "AAAA");
  const auto old = write(asked, "gemini-2.5-flash");
  CHECK(old.at("/contents/2/parts/1/inlineData/data") == "AAAA");
  CHECK(old.noted("tool result: media"));
}

TEST_CASE("tools stand in one Tool, with JSON Schema where the model takes it") {
  chat_request asked = plain();
  tool f;
  f.name = "f";
  f.description = "d";
  f.parameters = json::parse(R"({"type":"object","properties":{"a":{"$ref":"#/$defs/x"},"b":{"const":"k"},
    "c":{"type":["integer","null"]},"d":{"oneOf":[{"type":"string"},{"type":"number"}]}},
    "additionalProperties":false,"$defs":{"x":{"type":"string"}}})");
  f.strict = true;
  tool g;
  g.name = "g";
  g.parameters = json::parse(R"({"type":"object","required":["input"]})");
  tool hosted;
  hosted.form = tool_form::hosted;
  asked.tools = {f, g, hosted};
  const auto got = write(asked);
  REQUIRE(got.at("/tools").as_array().size() == 1);
  CHECK(got.at("/tools/0/functionDeclarations/0/parametersJsonSchema") == f.parameters);
  CHECK(got.at("/tools/0/functionDeclarations/1/parametersJsonSchema/required/0") == "input");
  CHECK(got.noted("tools: gemini has no strict"));
  CHECK(got.noted("tools: a hosted"));
  const auto old = write(asked, "gemini-2.0-flash");
  CHECK(
      old.at("/tools/0/functionDeclarations/0/parameters") ==
      json::parse(R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string","enum":["k"]},
          "c":{"type":"integer","nullable":true},"d":{"anyOf":[{"type":"string"},{"type":"number"}]}}})"));
  CHECK(old.noted("tools: a schema"));
}

TEST_CASE("a schema that refers to itself ends") {
  chat_request asked = plain();
  tool f;
  f.name = "f";
  f.parameters = json::parse(R"({"type":"object","properties":{"next":{"$ref":"#"}}})");
  asked.tools = {f};
  const auto got = write(asked, "gemini-2.0-flash");
  CHECK(got.at("/tools/0/functionDeclarations/0/parameters/properties/next/type") == "object");
}

TEST_CASE("the choice of a tool has its mode") {
  chat_request asked = plain();
  tool f;
  f.name = "f";
  asked.tools = {f};
  const auto mode = [&](choice_mode m, std::vector<std::string> names, bool must) {
    tool_choice choose;
    choose.mode = m;
    choose.names = std::move(names);
    choose.must_call = must;
    asked.choose = choose;
    return json::serialize(write(asked).at("/toolConfig/functionCallingConfig"));
  };
  CHECK(mode(choice_mode::automatic, {}, false) == R"({"mode":"AUTO"})");
  CHECK(mode(choice_mode::none, {}, false) == R"({"mode":"NONE"})");
  CHECK(mode(choice_mode::required, {}, false) == R"({"mode":"ANY"})");
  CHECK(mode(choice_mode::required, {"f"}, false) == R"({"mode":"ANY","allowedFunctionNames":["f"]})");
  CHECK(mode(choice_mode::allowed, {"f"}, true) == R"({"mode":"ANY","allowedFunctionNames":["f"]})");
  CHECK(mode(choice_mode::allowed, {"f"}, false) == R"({"mode":"VALIDATED","allowedFunctionNames":["f"]})");
}

TEST_CASE("settings stand in generationConfig, and what has no place is told of") {
  chat_request asked = plain();
  asked.max_output = 10;
  asked.temperature = 0.7;
  asked.top_p = 1;
  asked.top_k = 4;
  asked.choices = 2;
  asked.stop = {"a", "b", "c", "d", "e", "f"};
  asked.seed = 1LL << 40;
  asked.frequency_penalty = 0.5;
  asked.presence_penalty = -1;
  asked.logprobs = true;
  asked.top_logprobs = 2;
  asked.parallel_calls = false;
  asked.user = "u";
  asked.extra["logit_bias"] = json::object{{"1", 2}};
  asked.extra["client's own"] = 1;
  asked.format = response_format{};
  asked.format->kind = format_kind::json_schema;
  asked.format->name = "n";
  asked.format->schema = json::object{{"type", "object"}};
  const auto got = write(asked);
  CHECK(got.at("/generationConfig") ==
        json::parse(R"({"temperature":0.7,"topP":1,"topK":4,"candidateCount":2,"maxOutputTokens":10,
          "presencePenalty":-1,"frequencyPenalty":0.5,"seed":0,"responseLogprobs":true,"logprobs":2,
          "stopSequences":["a","b","c","d","e"],"responseMimeType":"application/json",
          "responseJsonSchema":{"type":"object"}})"));
  for (const auto* word : {"stop", "seed", "parallel_tool_calls", "user", "logit_bias", "a field of another",
                           "response format"}) {
    CHECK(got.noted(word));
  }
  for (const auto& each : got.notes) CHECK(each.find("client") == std::string::npos);
}

TEST_CASE("effort is a level with later models and a budget with 2.5") {
  const auto config = [](std::string_view effort, std::optional<std::int64_t> budget,
                         std::string_view model) {
    chat_request asked = plain();
    asked.think = reasoning{};
    asked.think->effort = effort;
    asked.think->budget = budget;
    asked.think->shown = true;
    const auto got = write(asked, model);
    return got.body.contains("generationConfig") ? json::serialize(got.at("/generationConfig/thinkingConfig"))
                                                 : std::string{};
  };
  const auto level = [](std::string_view word) {
    return R"({"thinkingLevel":")" + std::string(word) + R"(","includeThoughts":true})";
  };
  const auto budget = [](int n) {
    return R"({"thinkingBudget":)" + std::to_string(n) + R"(,"includeThoughts":true})";
  };
  CHECK(config("low", {}, "gemini-3-flash") == level("LOW"));
  CHECK(config("minimal", {}, "gemini-3-flash") == level("MINIMAL"));
  CHECK(config("medium", {}, "gemini-3-flash") == level("MEDIUM"));
  CHECK(config("xhigh", {}, "models/gemini-3-pro") == level("HIGH"));
  CHECK(config("none", {}, "gemini-3-pro") == level("LOW"));
  CHECK(config("", 8000, "gemini-3-pro") == level("MEDIUM"));
  CHECK(config("none", {}, "gemini-2.5-flash") == budget(0));
  CHECK(config("none", {}, "gemini-2.5-pro") == budget(128));
  CHECK(config("low", {}, "gemini-2.5-pro") == budget(1024));
  CHECK(config("medium", {}, "gemini-2.5-pro") == budget(8192));
  CHECK(config("high", {}, "gemini-2.5-pro") == budget(24576));
  CHECK(config("high", 777, "gemini-2.5-pro") == budget(777));
  CHECK(config("high", {}, "gemini-2.0-flash").empty());
}

TEST_CASE("set and defaults reach into generationConfig") {
  chat_request asked = plain();
  asked.temperature = 0.5;
  const std::vector<config::body_field> set{
      {"generationConfig", R"({"thinkingConfig":{"thinkingBudget":1},"topK":3})", {}},
      {"safetySettings", "[]", {}}};
  const std::vector<config::body_field> defaults{{"generationConfig", R"({"temperature":1,"seed":2})", {}}};
  const auto got = write(asked, "gemini-3-pro", set, defaults);
  CHECK(got.at("/generationConfig") ==
        json::parse(R"({"temperature":0.5,"thinkingConfig":{"thinkingBudget":1},"topK":3,"seed":2})"));
  CHECK(got.at("/safetySettings").as_array().empty());
}

TEST_CASE("quirks drop and clamp settings") {
  chat_request asked = plain();
  asked.temperature = 1.5;
  asked.seed = 3;
  config::quirks quirks;
  quirks.drop = {"seed"};
  quirks.clamp = {{"temperature", {0, 1}}};
  const auto out = gemini::write_request(asked, {.model = "m", .issuer = "gemini", .quirks = &quirks});
  REQUIRE(out.has_value());
  CHECK(json::parse(out->body).at("generationConfig") == json::parse(R"({"temperature":1})"));
  CHECK(out->notes.size() == 2);
}
