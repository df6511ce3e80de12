#include "providers/dialects/openai_chat/quirks.hpp"

#include "providers/dialects/openai_chat/message_quirks.hpp"
#include "providers/dialects/openai_chat/request_reader.hpp"
#include "tests/unit/providers/dialects/openai_chat/same_json.hpp"
#include "tests/unit/providers/dialects/padded.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>

using namespace nearfar;
using namespace nearfar::providers;
using config::quirks;
namespace json = boost::json;

namespace {

std::string with(std::string_view members, std::string_view messages = R"([{"role":"user","content":"q"}])") {
  return R"({"model":"m","messages":)" + std::string(messages) +
         (members.empty() ? std::string{} : "," + std::string(members)) + "}";
}

struct outcome {
  json::object body;
  openai_chat::notes notes;
  bool needed = false;

  json::value at(std::string_view pointer) const { return json::value(body).at_pointer(pointer); }
  bool noted(std::string_view what) const {
    return std::any_of(notes.begin(), notes.end(),
                       [&](const auto& each) { return each.find(what) != std::string::npos; });
  }
};

bool needs(const std::string& body, const quirks& by) {
  openai_chat::request_reader reader;
  request_view view;
  const padded bytes{body};
  REQUIRE(reader.read(bytes, view).has_value());
  return openai_chat::needs_adapting(view, by);
}

// Whatever changes a body was announced by the facts, and what was changed needs no second change.
outcome adapted(const std::string& body, const quirks& by) {
  outcome out;
  out.needed = needs(body, by);
  out.body = json::parse(body).as_object();
  const json::object before = out.body;
  openai_chat::adapt(out.body, by, out.notes);
  if (!same_json(before, out.body)) CHECK(out.needed);
  json::object again = out.body;
  openai_chat::notes said;
  openai_chat::adapt(again, by, said);
  CHECK(same_json(again, out.body));
  return out;
}

const std::string history =
    R"([{"role":"user","content":"q"},
        {"role":"assistant","content":null,"reasoning_content":"why","tool_calls":[{"id":"functions.f:0","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"functions.f:0","content":"1"}])";

}  // namespace

TEST_CASE("a request with no more stop words than a target takes stays as it is", "[openai-chat]") {
  quirks four;
  four.most_stops = 4;
  const auto body = [](std::string_view stop) {
    return R"({"model":"m","messages":[{"role":"user","content":"hi"}],"stop":)" + std::string(stop) + "}";
  };
  CHECK_FALSE(needs(body(R"(["a",",","[\"","\\"])"), four));
  CHECK(needs(body(R"(["a","b","c","d","e"])"), four));
  CHECK_FALSE(needs(body(R"("a")"), four));
  CHECK_FALSE(needs(body(R"(["a","b","c","d","e"])"), {}));
}

TEST_CASE("a target without quirks gets what was sent", "[openai-chat][quirks]") {
  for (const auto& body : {with(""), with("", history),
                           with(R"("max_tokens":5,"tool_choice":"required","reasoning_effort":"low")")}) {
    INFO(body);
    const auto out = adapted(body, {});
    CHECK_FALSE(out.needed);
    CHECK(same_json(out.body, json::parse(body)));
    CHECK(out.notes.empty());
  }
}

TEST_CASE("tool call ids become nine letters, calls and results alike", "[openai-chat][quirks][trap6]") {
  quirks mistral;
  mistral.nine_letter_ids = true;
  mistral.tool_names = true;
  const auto out = adapted(with("", history), mistral);
  const std::string id(out.at("/messages/1/tool_calls/0/id").as_string());
  CHECK(id.size() == 9);
  CHECK(out.at("/messages/2/tool_call_id") == json::value(id));
  CHECK(out.at("/messages/2/name") == "f");
  CHECK(id == openai_chat::nine_letters("functions.f:0"));
  CHECK(openai_chat::nine_letters("abcDEF123") == "abcDEF123");
  CHECK(openai_chat::nine_letters("a") != openai_chat::nine_letters("b"));
  CHECK_FALSE(needs(with(""), mistral));
}

TEST_CASE("a turn of the assistant parts results of tools from the user's turn behind them",
          "[openai-chat][quirks][trap6]") {
  quirks mistral;
  mistral.turn_after_results = true;
  const std::string goes_on = history.substr(0, history.size() - 1) +
                              R"(,{"role":"user","content":"and?"},{"role":"user","content":"now?"}])";
  const auto out = adapted(with("", goes_on), mistral);
  REQUIRE(out.body.at("messages").as_array().size() == 6);
  CHECK(out.at("/messages/3") == json::value{{"role", "assistant"}, {"content", "Understood."}});
  CHECK(out.at("/messages/4/content") == "and?");
  CHECK(same_json(adapted(with("", history), mistral).body, json::parse(with("", history))));
  CHECK_FALSE(needs(with(""), mistral));
}

TEST_CASE("reasoning in the history is left out where it is refused", "[openai-chat][quirks][trap7]") {
  quirks r1;
  r1.replay = config::reasoning_replay::never;
  auto out = adapted(with("", history), r1);
  CHECK_FALSE(out.at("/messages/1").as_object().contains("reasoning_content"));
  CHECK(out.noted("reasoning in the history"));
  CHECK_FALSE(needs(with(""), r1));
}

TEST_CASE("reasoning stands on every call where it is compulsory", "[openai-chat][quirks][trap7]") {
  quirks kimi;
  kimi.replay = config::reasoning_replay::on_calls;
  const std::string mixed =
      R"([{"role":"assistant","content":"x","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},
          {"role":"assistant","content":"x","reasoning":"r","tool_calls":[{"id":"b","type":"function","function":{"name":"f","arguments":"{}"}}]},
          {"role":"assistant","content":"x","reasoning_details":[{"type":"reasoning.text","text":"a"},{"type":"reasoning.summary","summary":"b"}],"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
          {"role":"assistant","content":"x"}])";
  const auto out = adapted(with("", mixed), kimi);
  CHECK(out.at("/messages/0/reasoning_content") == "");
  CHECK(out.at("/messages/1/reasoning_content") == "r");
  CHECK(out.at("/messages/2/reasoning_content") == "ab");
  CHECK_FALSE(out.at("/messages/3").as_object().contains("reasoning_content"));
}

TEST_CASE("thoughts go back into the text they came out of", "[openai-chat][quirks][trap7][trap37]") {
  quirks minimax;
  minimax.reasoning = config::reasoning_field::think_tags;
  auto out = adapted(with("", history), minimax);
  CHECK(out.at("/messages/1/content") == "<think>\nwhy\n</think>\n\n");
  CHECK_FALSE(out.at("/messages/1").as_object().contains("reasoning_content"));
  quirks groq;
  groq.reasoning = config::reasoning_field::reasoning;
  out = adapted(with("", history), groq);
  CHECK(out.at("/messages/1/reasoning") == "why");
}

TEST_CASE("late system text, turns in a row and lists suit narrow templates",
          "[openai-chat][quirks][trap8]") {
  const std::string messages =
      R"([{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
          {"role":"system","content":"late"},{"role":"assistant","content":"x"},{"role":"assistant","content":"y","name":"n"}])";
  quirks local;
  local.text_only = true;
  local.system_first = true;
  local.alternate = true;
  const auto out = adapted(with("", messages), local);
  CHECK(same_json(out.at("/messages"), json::parse(R"([{"role":"system","content":"s"},
      {"role":"user","content":"a\nb\n\nlate"},{"role":"assistant","content":"x\n\ny","name":"n"}])")));
  CHECK(out.noted("system text"));
  // What is not text cannot be joined: the target says so itself.
  quirks text_only;
  text_only.text_only = true;
  const auto image = adapted(
      with("", R"([{"role":"user","content":[{"type":"image_url","image_url":{"url":"u"}}]}])"), text_only);
  CHECK(image.at("/messages/0/content").is_array());
}

TEST_CASE("the developer becomes the system", "[openai-chat][quirks][trap9]") {
  quirks by;
  by.system_only = true;
  const auto out = adapted(with("", R"([{"role":"developer","content":"s"}])"), by);
  CHECK(out.at("/messages/0/role") == "system");
  CHECK_FALSE(needs(with("", R"([{"role":"system","content":"s"}])"), by));
}

TEST_CASE("an empty text stands for null", "[openai-chat][quirks][trap10]") {
  quirks by;
  by.empty_for_null = true;
  const auto out = adapted(with("", history), by);
  CHECK(out.at("/messages/1/content") == "");
  CHECK_FALSE(needs(with(""), by));
}

TEST_CASE("schemas are said the narrow way", "[openai-chat][quirks][trap16]") {
  quirks kimi;
  kimi.object_root = true;
  const auto out = adapted(
      with(
          R"("tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{"items":{"type":"array","items":[{"type":"string"},{"type":"integer"}]},"b":{"type":"string","anyOf":[{"enum":["x"]},{"type":"null"}]}},"default":{"items":[1]}}}}])"),
      kimi);
  CHECK(
      same_json(out.at("/tools/0/function/parameters"), json::parse(R"({"type":"object","properties":{}})")));
  CHECK(same_json(out.at("/tools/1/function/parameters"), json::parse(R"({"type":"object","properties":{
      "items":{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}]},
      "b":{"anyOf":[{"enum":["x"],"type":"string"},{"type":"null"}]}},"default":{"items":[1]}})")));
}

TEST_CASE("a choice of tools is said as the target knows it", "[openai-chat][quirks][trap17]") {
  const std::string tools =
      R"("tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}],"tool_choice":)";
  const std::string named = tools + R"({"type":"function","function":{"name":"g"}})";
  const std::string allowed =
      tools +
      R"({"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}}]}})";
  quirks mistral;
  mistral.required_word = "any";
  CHECK(adapted(with(tools + "\"required\""), mistral).at("/tool_choice") == "any");

  quirks glm;
  glm.tool_choice = {"auto"};
  auto out = adapted(with(tools + "\"required\""), glm);
  CHECK(out.at("/tool_choice") == "auto");
  CHECK(out.noted("tool_choice"));
  out = adapted(with(tools + "\"none\""), glm);
  CHECK_FALSE(out.body.contains("tools"));
  CHECK_FALSE(out.body.contains("tool_choice"));
  out = adapted(with(named), glm);
  CHECK(out.at("/tool_choice") == "auto");
  CHECK(out.at("/tools").as_array().size() == 1);
  CHECK(out.at("/tools/0/function/name") == "g");

  out = adapted(with(allowed), {});  // OpenAI's own form, which few others know
  CHECK(out.at("/tool_choice") == "auto");
  CHECK(out.at("/tools/0/function/name") == "f");
  quirks openai;
  openai.tool_choice.emplace_back("allowed");
  CHECK_FALSE(needs(with(allowed), openai));

  quirks ollama;
  ollama.tool_choice = {};
  CHECK_FALSE(adapted(with(tools + "\"required\""), ollama).body.contains("tool_choice"));
}

TEST_CASE("members are brought into range, renamed and left out", "[openai-chat][quirks][trap18]") {
  quirks by;
  by.clamp = {{"temperature", {0.01, 1}}};
  by.rename = {{"seed", "random_seed"}};
  by.drop = {"logit_bias", "n"};
  const auto out = adapted(with(R"("temperature":1.5,"seed":3,"logit_bias":{},"n":1)"), by);
  CHECK(out.at("/temperature") == 1.0);
  CHECK(out.at("/random_seed") == 3);
  CHECK_FALSE(out.body.contains("seed"));
  CHECK_FALSE(out.body.contains("logit_bias"));
  CHECK(out.noted("temperature"));
  CHECK(out.noted("logit_bias"));
  CHECK_FALSE(needs(with(R"("temperature":0.5)"), by));
  CHECK(adapted(with(R"("temperature":0)"), by).at("/temperature") == 0.01);
}

TEST_CASE("the limit of tokens has the target's name", "[openai-chat][quirks][trap19]") {
  quirks older;
  older.limit = config::limit_field::max_tokens;
  auto out = adapted(with(R"("max_completion_tokens":7)"), older);
  CHECK(out.at("/max_tokens") == 7);
  CHECK_FALSE(out.body.contains("max_completion_tokens"));
  quirks newer;
  newer.limit = config::limit_field::max_completion_tokens;
  out = adapted(with(R"("max_tokens":7)"), newer);
  CHECK(out.at("/max_completion_tokens") == 7);
  out = adapted(with(R"("max_tokens":7,"max_completion_tokens":9)"), newer);
  CHECK(out.at("/max_completion_tokens") == 9);
  CHECK_FALSE(out.body.contains("max_tokens"));
  CHECK_FALSE(needs(with(R"("max_tokens":7)"), older));
}

TEST_CASE("effort is said in the target's way", "[openai-chat][quirks]") {
  using style = config::effort_style;
  const auto said = [](style how, std::string_view members) {
    quirks by;
    by.effort = how;
    return adapted(with(members), by);
  };
  CHECK(said(style::reasoning_object, R"("reasoning_effort":"low")").at("/reasoning/effort") == "low");
  CHECK(said(style::thinking_object, R"("reasoning_effort":"low")").at("/thinking/type") == "enabled");
  CHECK(said(style::thinking_object, R"("reasoning_effort":"none")").at("/thinking/type") == "disabled");
  CHECK(said(style::enable_thinking, R"("reasoning":{"max_tokens":500})").at("/thinking_budget") == 500);
  CHECK(said(style::enable_thinking, R"("reasoning":{"enabled":false})").at("/enable_thinking") == false);
  CHECK(said(style::template_flag, R"("reasoning_effort":"high","chat_template_kwargs":{"x":1})")
            .at("/chat_template_kwargs/enable_thinking") == true);
  CHECK(said(style::reasoning_effort, R"("reasoning":{"max_tokens":500})").at("/reasoning_effort") == "low");
  const auto none = said(style::none, R"("reasoning_effort":"high")");
  CHECK_FALSE(none.body.contains("reasoning_effort"));
  CHECK(none.noted("reasoning effort"));
  quirks thinks;
  thinks.effort = style::thinking_object;
  CHECK_FALSE(needs(with(R"("thinking":{"type":"enabled"})"), thinks));
}

TEST_CASE("a schema that cannot be enforced is asked for", "[openai-chat][quirks]") {
  const std::string format =
      R"("response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}})";
  quirks deepseek;
  deepseek.structured = config::structured_output::json_object;
  auto out = adapted(with(format), deepseek);
  CHECK(out.at("/response_format/type") == "json_object");
  CHECK(out.at("/messages/0/role") == "system");
  CHECK(std::string(out.at("/messages/0/content").as_string()).find("{\"type\":\"object\"}") !=
        std::string::npos);
  CHECK(out.noted("response_format"));
  CHECK_FALSE(needs(with(R"("response_format":{"type":"json_object"})"), deepseek));
  quirks none;
  none.structured = config::structured_output::none;
  out = adapted(with(format, R"([{"role":"system","content":"s"}])"), none);
  CHECK_FALSE(out.body.contains("response_format"));
  CHECK(std::string(out.at("/messages/0/content").as_string()).starts_with("s\n\n"));
}
