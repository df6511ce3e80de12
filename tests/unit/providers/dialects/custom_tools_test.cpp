#include "providers/dialects/custom_tools.hpp"

#include "config/quirks.hpp"
#include "providers/dialects/codec.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>

using namespace nearfar;
using namespace nearfar::providers;
using config::dialect;
namespace json = boost::json;

namespace {

constexpr std::string_view responses = R"({"model":"m","input":[
  {"type":"message","role":"user","content":[{"type":"input_text","text":"q"}]},
  {"type":"custom_tool_call","id":"ctc_1","call_id":"call_p","name":"apply_patch","input":"a\n\"b\""},
  {"type":"custom_tool_call_output","call_id":"call_p","output":"done"}],
  "tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{}}},
    {"type":"custom","name":"apply_patch","description":"Edits files.",
     "format":{"type":"grammar","syntax":"lark","definition":"start: X"}}],
  "tool_choice":{"type":"custom","name":"apply_patch"}})";

constexpr std::string_view chat_body = R"({"model":"m","messages":[{"role":"user","content":"q"},
  {"role":"assistant","content":null,"tool_calls":[
    {"id":"call_p","type":"custom","custom":{"name":"apply_patch","input":"a\n\"b\""}}]},
  {"role":"tool","tool_call_id":"call_p","content":"done"}],
  "tools":[{"type":"custom","custom":{"name":"apply_patch","description":"Edits files.",
     "format":{"type":"grammar","grammar":{"syntax":"lark","definition":"start: X"}}}}],
  "tool_choice":{"type":"custom","custom":{"name":"apply_patch"}}})";

const json::value description =
    "Edits files.\n\nThe parameter `input` is this tool's free text, whole and as it is.\n\n"
    "That text must follow this grammar (lark):\nstart: X";
constexpr std::string_view schema =
    R"({"type":"object","properties":{"input":{"type":"string"}},"required":["input"]})";
constexpr std::string_view arguments = R"({"input":"a\n\"b\""})";

chat::chat_request parsed(dialect from, std::string_view body) {
  auto out = codec_of(from)->parse_request(body);
  REQUIRE(out.has_value());
  return std::move(*out);
}

struct sent {
  json::value body;
  std::vector<std::string> notes;
  bool noted() const { return std::find(notes.begin(), notes.end(), custom_tools_note) != notes.end(); }
};

sent to(dialect target, const chat::chat_request& asked, const config::quirks* by = nullptr) {
  const auto out = codec_of(target)->write_request(asked, {.model = "m", .max_output = 100, .quirks = by});
  INFO((out ? std::string{} : out.error().context));
  REQUIRE(out.has_value());
  CHECK(codec_of(target)->write_request(asked, {.model = "m", .max_output = 100, .quirks = by})->body ==
        out->body);
  return {json::parse(out->body), out->notes};
}

}  // namespace

TEST_CASE("at a target of anthropic-messages a tool of free text is a tool of one parameter", "[P1]") {
  for (const auto& [from, body] :
       {std::pair{dialect::openai_responses, responses}, {dialect::openai_chat, chat_body}}) {
    const auto got = to(dialect::anthropic_messages, parsed(from, body));
    CHECK(got.noted());
    const auto& tool = got.body.at("tools").as_array().back();
    CHECK(tool.at("name") == "apply_patch");
    CHECK(tool.at("description") == description);
    CHECK(tool.at("input_schema") == json::parse(schema));
    CHECK(got.body.at("tool_choice") == json::parse(R"({"type":"tool","name":"apply_patch"})"));
    CHECK(got.body.at_pointer("/messages/1/content/0/input") == json::parse(arguments));
    CHECK(got.body.at_pointer("/messages/2/content/0/type") == "tool_result");
  }
}

TEST_CASE("at targets of gemini and ollama-chat it is a function of one parameter", "[P1]") {
  const auto asked = parsed(dialect::openai_responses, responses);
  const auto gemini = to(dialect::gemini, asked);
  CHECK(gemini.noted());
  CHECK(gemini.body.at_pointer("/tools/0/functionDeclarations/1/description") == description);
  CHECK(gemini.body.at_pointer("/contents/1/parts/0/functionCall/args") == json::parse(arguments));
  const auto ollama = to(dialect::ollama_chat, asked);
  CHECK(ollama.noted());
  CHECK(ollama.body.at_pointer("/tools/1/function/parameters") == json::parse(schema));
  CHECK(ollama.body.at_pointer("/messages/1/tool_calls/0/function/arguments") == json::parse(arguments));
}

TEST_CASE("a server of openai-chat without custom tools gets functions, one that knows them gets them",
          "[P1]") {
  config::quirks by;
  for (const auto& [from, body] :
       {std::pair{dialect::openai_responses, responses}, {dialect::openai_chat, chat_body}}) {
    const auto asked = parsed(from, body);
    by.custom_tools = false;
    const auto got = to(dialect::openai_chat, asked, &by);
    CHECK(got.noted());
    const auto& tool = got.body.at("tools").as_array().back();
    CHECK(
        tool ==
        json::value{
            {"type", "function"},
            {"function",
             {{"name", "apply_patch"}, {"description", description}, {"parameters", json::parse(schema)}}}});
    CHECK(got.body.at("tool_choice") ==
          json::parse(R"({"type":"function","function":{"name":"apply_patch"}})"));
    CHECK(got.body.at_pointer("/messages/1/tool_calls/0") ==
          json::value{{"id", "call_p"},
                      {"type", "function"},
                      {"function", {{"name", "apply_patch"}, {"arguments", arguments}}}});
    by.custom_tools = true;
    const auto kept = to(dialect::openai_chat, asked, &by);
    CHECK_FALSE(kept.noted());
    CHECK(kept.body.at("tools").as_array().back().at("type") == "custom");
    CHECK(kept.body.at_pointer("/messages/1/tool_calls/0/custom/input") == "a\n\"b\"");
  }
}

TEST_CASE("a server of openai-responses without custom tools gets functions", "[P1]") {
  const config::quirks by;
  const auto got = to(dialect::openai_responses, parsed(dialect::openai_responses, responses), &by);
  CHECK(got.noted());
  CHECK(got.body.at_pointer("/input/1") == json::value{{"type", "function_call"},
                                                       {"call_id", "call_p"},
                                                       {"name", "apply_patch"},
                                                       {"arguments", arguments}});
  CHECK(got.body.at_pointer("/input/2/type") == "function_call_output");
  CHECK(got.body.at_pointer("/tools/1/type") == "function");
  CHECK(got.body.at_pointer("/tools/1/description") == description);
  CHECK_FALSE(got.body.at_pointer("/tools/1").as_object().contains("format"));
  CHECK(got.body.at("tool_choice") == json::parse(R"({"type":"function","name":"apply_patch"})"));
}

TEST_CASE("a choice among tools names functions too") {
  auto body = json::parse(responses).as_object();
  body["tool_choice"] = json::parse(
      R"({"type":"allowed_tools","mode":"auto","tools":[{"type":"custom","name":"apply_patch"},{"type":"web_search"}]})");
  auto asked = parsed(dialect::openai_responses, json::serialize(body));
  const config::quirks by;
  const auto got = to(dialect::openai_responses, asked, &by);
  CHECK(got.body.at_pointer("/tool_choice/tools/0/type") == "function");
}

TEST_CASE("a request without such tools is left alone") {
  const auto asked = parsed(dialect::openai_chat, R"({"model":"m","messages":[{"role":"user","content":"q"}],
    "tools":[{"type":"function","function":{"name":"custom","parameters":{"type":"object"}}}]})");
  CHECK_FALSE(any_custom_tools(asked));
  CHECK(custom_tool_names(asked).empty());
  const config::quirks by;
  CHECK_FALSE(to(dialect::openai_chat, asked, &by).noted());
  CHECK(custom_tool_names(parsed(dialect::openai_responses, responses)) ==
        std::vector<std::string>{"apply_patch"});
}

TEST_CASE("who knows tools of free text: OpenAI's dialects, by the quirk") {
  config::quirks by;
  CHECK_FALSE(knows_custom_tools(dialect::openai_chat, &by));
  by.custom_tools = true;
  CHECK(knows_custom_tools(dialect::openai_chat, &by));
  CHECK(knows_custom_tools(dialect::openai_responses, nullptr));
  CHECK_FALSE(knows_custom_tools(dialect::anthropic_messages, &by));
  CHECK_FALSE(knows_custom_tools(dialect::gemini, nullptr));
}
