// A query that uses all there is, to each preset's server with its vendor's rules: it is taken, and what the
// vendor wants otherwise has been changed.
#include "tests/integration/preset_rows.hpp"
#include "tests/support/dialect_writer.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <map>

namespace nearfar::tests {
namespace {

namespace json = boost::json;

// A pointer into the body that the vendor saw, and the JSON text there; empty: nothing is there.
struct seen_field {
  std::string_view pointer;
  std::string_view text;
};

using seen_fields = std::vector<seen_field>;

constexpr std::string_view schema =
    R"({"type":"object","properties":{"km":{"type":"number"}},"required":["km"],"additionalProperties":false})";

// An agent's second turn: everything that some vendor refuses.
std::string full_chat(std::string_view model) {
  return fmt::format(
      R"({{"model":"{}","max_completion_tokens":200,"temperature":2,"top_p":0.5,"seed":7,"user":"ada",)"
      R"("stop":["END","STOP"],"reasoning_effort":"high","parallel_tool_calls":true,"logprobs":true,)"
      R"("top_logprobs":2,"tool_choice":"required",)"
      R"("response_format":{{"type":"json_schema","json_schema":{{"name":"far","strict":true,"schema":{}}}}},)"
      R"("tools":[{{"type":"function","function":{{"name":"look","parameters":)"
      R"({{"anyOf":[{{"properties":{{"at":{{"type":"string"}}}}}}]}}}}}}],)"
      R"("messages":[{{"role":"developer","content":"Be brief. Answer in JSON."}},)"
      R"({{"role":"user","name":"ada","content":"How far is it?"}},)"
      R"({{"role":"assistant","content":"I look.","reasoning_content":"Far?","tool_calls":[{{"id":)"
      R"("call_0123456789abcdef","type":"function","function":{{"name":"look","arguments":"{{\"at\":\"moon\"}}"}}}}]}},)"
      R"({{"role":"tool","tool_call_id":"call_0123456789abcdef","content":"384400 km"}},)"
      R"({{"role":"assistant","content":"Quite far."}},)"
      R"({{"role":"user","content":[{{"type":"text","text":"And back?"}}]}}]}})",
      model, schema);
}

std::string response_format() {
  return fmt::format(
      R"("response_format":{{"type":"json_schema","json_schema":{{"name":"far","strict":true,"schema":{}}}}},)",
      schema);
}

// The same without thoughts and with what goes together everywhere else.
std::string calling_chat(std::string_view model, std::string_view choice) {
  return fmt::format(
      R"({{"model":"{}","max_tokens":200,"tool_choice":{},)"
      R"("tools":[{{"type":"function","function":{{"name":"look","parameters":{{"type":"object","properties":{{}}}}}}}},)"
      R"({{"type":"function","function":{{"name":"leap","parameters":{{"type":"object","properties":{{}}}}}}}}],)"
      R"("messages":[{{"role":"user","content":"How far is it?"}}]}})",
      model, choice);
}

std::string without(std::string text, std::string_view what) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.erase(at, what.size());
}

const seen_fields system_role = {{"/messages/0/role", R"("system")"}};

// What differs from the query as it was sent, per preset. Empty: it passes as it came, but for the model.
const std::map<std::string_view, seen_fields>& changes() {
  static const std::map<std::string_view, seen_fields> all = {
      {"openai",
       {{"/messages/0/role", R"("developer")"},
        {"/max_completion_tokens", "200"},
        {"/messages/2/reasoning_content", ""},
        {"/reasoning_effort", R"("high")"}}},
      {"openrouter",
       {{"/messages/0/role", R"("developer")"},
        {"/reasoning", R"({"effort":"high"})"},
        {"/reasoning_effort", ""},
        {"/messages/2/reasoning", R"("Far?")"}}},
      {"huggingface", {{"/messages/0/role", R"("system")"}, {"/messages/2/reasoning_content", R"("Far?")"}}},
      {"xai", {{"/messages/0/role", R"("developer")"}, {"/seed", "7"}}},
      {"qwen",
       {{"/messages/0/role", R"("system")"},
        {"/temperature", "1.99E0"},
        {"/tool_choice", R"("auto")"},
        {"/enable_thinking", "true"},
        {"/reasoning_effort", ""},
        {"/response_format", R"({"type":"json_object"})"}}},
      {"deepseek",
       {{"/messages/0/role", R"("system")"},
        {"/max_tokens", "200"},
        {"/thinking/type", R"("enabled")"},
        {"/reasoning_effort", ""},
        {"/messages/2/reasoning_content", R"("Far?")"},
        {"/response_format", R"({"type":"json_object"})"}}},
      {"moonshot",
       {{"/messages/0/role", R"("system")"},
        {"/temperature", ""},
        {"/top_p", ""},
        {"/tools/0/function/parameters/type", R"("object")"},
        {"/thinking/type", R"("enabled")"},
        {"/messages/2/reasoning_content", R"("Far?")"}}},
      {"zai",
       {{"/messages/0/role", R"("system")"},
        {"/temperature", "1E0"},
        {"/stop", R"(["END"])"},
        {"/max_tokens", "200"},
        {"/tool_choice", R"("auto")"},
        {"/thinking/type", R"("enabled")"},
        {"/response_format", R"({"type":"json_object"})"}}},
      {"minimax",
       {{"/messages/0/role", R"("system")"},
        {"/temperature", "1E0"},
        {"/tool_choice", R"("auto")"},
        {"/reasoning_effort", ""},
        {"/messages/2/reasoning_content", ""},
        {"/messages/2/content", R"("<think>\nFar?\n</think>\n\nI look.")"},
        {"/response_format", R"({"type":"json_object"})"}}},
      {"qianfan",
       {{"/messages/0/role", R"("system")"},
        {"/enable_thinking", "true"},
        {"/response_format", R"({"type":"json_object"})"}}},
      {"hunyuan",
       {{"/messages/0/role", R"("system")"},
        {"/max_tokens", "200"},
        {"/enable_thinking", "true"},
        {"/response_format", R"({"type":"json_object"})"}}},
      {"llama-api",
       {{"/messages/0/role", R"("system")"},
        {"/reasoning_effort", ""},
        {"/messages/2/reasoning_content", ""}}},
      {"mistral",
       {{"/messages/0/role", R"("system")"},
        {"/temperature", "1.5E0"},
        {"/max_tokens", "200"},
        {"/max_completion_tokens", ""},
        {"/random_seed", "7"},
        {"/seed", ""},
        {"/user", ""},
        {"/logprobs", ""},
        {"/top_logprobs", ""},
        {"/tool_choice", R"("any")"},
        {"/messages/2/reasoning_content", ""},
        {"/messages/3/name", R"("look")"}}},
      {"groq",
       {{"/messages/0/role", R"("system")"},
        {"/messages/1/name", ""},
        {"/logprobs", ""},
        {"/top_logprobs", ""},
        {"/messages/2/reasoning", R"("Far?")"}}},
      {"together",
       {{"/messages/0/role", R"("system")"}, {"/max_tokens", "200"}, {"/messages/2/reasoning", R"("Far?")"}}},
      {"fireworks", system_role},
      {"cerebras", {{"/messages/0/role", R"("system")"}, {"/messages/2/reasoning", R"("Far?")"}}},
      {"ollama",
       {{"/messages/0/role", R"("system")"},
        {"/max_tokens", "200"},
        {"/max_completion_tokens", ""},
        {"/tool_choice", R"("auto")"},
        {"/reasoning_effort", R"("high")"},
        {"/messages/2/reasoning", R"("Far?")"}}},
      {"vllm",
       {{"/messages/0/role", R"("system")"},
        {"/chat_template_kwargs/enable_thinking", "true"},
        {"/reasoning_effort", ""},
        {"/messages/2/reasoning", R"("Far?")"}}},
      {"sglang", {{"/messages/0/role", R"("system")"}, {"/chat_template_kwargs/enable_thinking", "true"}}},
      {"llama-server",
       {{"/messages/0/role", R"("system")"}, {"/chat_template_kwargs/enable_thinking", "true"}}},
      {"llamafile", {{"/messages/0/role", R"("system")"}, {"/max_tokens", "200"}, {"/reasoning_effort", ""}}},
      {"lmstudio", {{"/messages/0/role", R"("system")"}, {"/reasoning_effort", ""}}},
      {"localai", {{"/messages/0/role", R"("system")"}, {"/max_tokens", "200"}, {"/reasoning_effort", ""}}},
      {"openai-compatible", {{"/messages/0/role", R"("system")"}, {"/reasoning_effort", R"("high")"}}},
      {"anthropic",
       {{"/system/0/text", R"("Be brief. Answer in JSON.")"},
        {"/max_tokens", "200"},
        {"/temperature", "1E0"},
        {"/tool_choice/type", R"("any")"},
        {"/stop_sequences", R"(["END","STOP"])"},
        {"/seed", ""},
        {"/messages/1/content/1/type", R"("tool_use")"}}},
      {"anthropic-compatible", {{"/tool_choice/type", R"("any")"}, {"/seed", ""}}},
      {"gemini",
       {{"/systemInstruction/parts/0/text", R"("Be brief. Answer in JSON.")"},
        {"/toolConfig/functionCallingConfig/mode", R"("ANY")"},
        {"/generationConfig/seed", "7"},
        {"/generationConfig/stopSequences", R"(["END","STOP"])"}}},
  };
  return all;
}

void check_fields(const json::value& body, const seen_fields& wanted) {
  for (const auto& each : wanted) {
    INFO(each.pointer);
    const auto* found = at_pointer(body, each.pointer);
    CHECK((found == nullptr ? std::string() : json::serialize(*found)) == each.text);
  }
}

http_answer ask_chat(const preset_gateway& all, std::string_view body) {
  return all.ask("/v1/chat/completions", body);
}

TEST_CASE("a query that uses all there is is taken by every preset's server") {
  preset_gateway all;
  for (const auto& row : preset_rows()) {
    INFO(row.preset);
    auto vendor = as_vendor(row.preset);
    vendor.reasoning_model = row.preset == "moonshot" || row.preset == "deepseek";
    all.vendor().set_default(vendor);
    auto body = full_chat(row.preset);
    // Up to 2.5 these models answer in JSON or call tools, and say so.
    if (row.preset == "gemini") body = without(body, response_format());
    const auto a = ask_chat(all, body);
    INFO(a.body);
    CHECK(a.status == 200);
    const auto seen = all.seen();
    INFO(seen.body);
    const auto wanted = changes().find(row.preset);
    REQUIRE(wanted != changes().end());
    check_fields(json::parse(seen.body), wanted->second);
  }
}

TEST_CASE("the same conversation is the same bytes at every preset's server, turn after turn") {
  preset_gateway all;
  for (const auto& row : preset_rows()) {
    INFO(row.preset);
    all.vendor().set_default(as_vendor(row.preset));
    (void)ask_chat(all, full_chat(row.preset));
    const auto first = all.seen().body;
    (void)ask_chat(all, full_chat(row.preset));
    CHECK(all.seen().body == first);
  }
}

TEST_CASE("each word of tool_choice is taken by every preset's server") {
  preset_gateway all;
  constexpr std::string_view named = R"({"type":"function","function":{"name":"leap"}})";
  for (const auto& row : preset_rows()) {
    all.vendor().set_default(as_vendor(row.preset));
    for (const std::string_view word : {std::string_view(R"("auto")"), std::string_view(R"("none")"),
                                        std::string_view(R"("required")"), named}) {
      INFO(row.preset << " " << word);
      const auto a = ask_chat(all, calling_chat(row.preset, word));
      INFO(a.body);
      CHECK(a.status == 200);
      const auto seen = all.seen().body;
      INFO(seen);
      // Where one tool cannot be asked for by name, it is the only one that is left.
      const auto body = json::parse(seen);
      const auto* tools = at_pointer(body, "/tools");
      const bool says_auto = seen.find(R"("tool_choice":"auto")") != std::string::npos;
      if (word == named && says_auto) CHECK(tools->as_array().size() == 1);
      // And where calls cannot be forbidden, there are none to make.
      if (word == R"("none")" && says_auto) CHECK(tools == nullptr);
    }
  }
}

TEST_CASE("ids of tool calls have nine letters at Mistral, and the result has the call's") {
  preset_gateway all;
  all.vendor().set_default(as_vendor("mistral"));
  (void)ask_chat(all, full_chat("mistral"));
  const auto body = json::parse(all.seen().body);
  const auto* id = at_pointer(body, "/messages/2/tool_calls/0/id");
  REQUIRE(id != nullptr);
  CHECK(id->as_string().size() == 9);
  CHECK(*id == *at_pointer(body, "/messages/3/tool_call_id"));
}

TEST_CASE("a call without thoughts gets an empty member where the vendor wants one") {
  preset_gateway all;
  for (const std::string_view preset : {"deepseek", "moonshot"}) {
    INFO(preset);
    auto vendor = as_vendor(preset);
    vendor.reasoning_model = true;
    all.vendor().set_default(vendor);
    const auto a = ask_chat(all, without(full_chat(preset), R"("reasoning_content":"Far?",)"));
    INFO(a.body);
    CHECK(a.status == 200);
    check_fields(json::parse(all.seen().body), {{"/messages/2/reasoning_content", R"("")"}});
  }
}

// Claude Code's second turn: thoughts with a signature, a call, its result.
std::string full_messages(std::string_view model) {
  return fmt::format(
      R"({{"model":"{}","max_tokens":4000,"system":[{{"type":"text","text":"Be brief.","cache_control":)"
      R"({{"type":"ephemeral"}}}}],"thinking":{{"type":"enabled","budget_tokens":2000}},)"
      R"("metadata":{{"user_id":"ada"}},"stop_sequences":["END","STOP"],"tool_choice":{{"type":"auto"}},)"
      R"("tools":[{{"name":"look","description":"Looks.","input_schema":{{"type":"object","properties":)"
      R"({{"at":{{"type":"string"}}}}}}}}],)"
      R"("messages":[{{"role":"user","content":"How far is it?"}},)"
      R"({{"role":"assistant","content":[{{"type":"thinking","thinking":"Far?","signature":"{}"}},)"
      R"({{"type":"tool_use","id":"toolu_0123456789abcdef","name":"look","input":{{"at":"moon"}}}}]}},)"
      R"({{"role":"user","content":[{{"type":"tool_result","tool_use_id":"toolu_0123456789abcdef","content":)"
      R"([{{"type":"text","text":"384400 km"}}]}},{{"type":"text","text":"And back?"}}]}}]}})",
      model, support::issued_signature("Far?"));
}

TEST_CASE("an agent's turn of Anthropic's is taken by every preset's server", "[trap6]") {
  preset_gateway all;
  for (const auto& row : preset_rows()) {
    INFO(row.preset);
    auto vendor = as_vendor(row.preset);
    vendor.reasoning_model = row.preset == "moonshot" || row.preset == "deepseek";
    all.vendor().set_default(vendor);
    const auto sent = full_messages(row.preset);
    const auto a = all.ask("/v1/messages", sent, {{"anthropic-version", "2023-06-01"}});
    INFO(a.body);
    CHECK(a.status == 200);
    const auto seen = all.seen();
    INFO(seen.body);
    if (row.messages.target.ends_with("/v1/messages")) {
      auto as_sent = sent;
      as_sent.replace(as_sent.find(row.preset), row.preset.size(), row.model);
      CHECK(seen.body == as_sent);
      continue;
    }
    const auto body = json::parse(seen.body);
    if (row.preset == "gemini") {
      check_fields(body, {{"/generationConfig/maxOutputTokens", "4000"},
                          {"/contents/1/parts/0/functionCall/name", R"("look")"}});
      continue;
    }
    const auto& quirks = config::find_preset(row.preset)->quirks;
    const bool newer = quirks.limit != config::limit_field::max_tokens;
    check_fields(body, {{"/messages/0/content", R"("Be brief.")"},
                        {newer ? "/max_completion_tokens" : "/max_tokens", "4000"},
                        {"/messages/2/tool_calls/0/function/name", R"("look")"},
                        {"/messages/3/role", R"("tool")"},
                        {"/messages/3/content", R"("384400 km")"}});
  }
}

}  // namespace
}  // namespace nearfar::tests
