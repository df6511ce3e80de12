#include "providers/dialects/openai_responses/request_writer.hpp"

#include "providers/dialects/openai_responses/request_parser.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <string>

using namespace nearfar;
using namespace nearfar::providers;
namespace json = boost::json;

namespace {

struct sent {
  json::object body;
  std::vector<std::string> notes;
  bool notes_say(std::string_view what) const {
    return std::any_of(notes.begin(), notes.end(),
                       [&](const std::string& each) { return each.starts_with(what); });
  }
};

sent write(const chat::chat_request& asked, write_options how = {}) {
  if (how.model.empty()) how.model = "up";
  const auto made = openai_responses::write_request(asked, how);
  if (made.has_error()) FAIL(made.error().context);
  return {json::parse(made->body).as_object(), made->notes};
}

chat::chat_request parsed(std::string_view text) {
  auto read = openai_responses::parse_request(text);
  INFO(text);
  if (read.has_error()) FAIL(read.error().context);
  return *std::move(read);
}

std::string refusal_of(const chat::chat_request& asked) {
  const auto made = openai_responses::write_request(asked, {.model = "up", .issuer = {}});
  REQUIRE(made.has_error());
  CHECK(made.error().kind == routes::error_kind::bad_request);
  CHECK(made.error().side == routes::error_side::internal);
  return made.error().context;
}

chat::part part_of(chat::part_kind kind, std::string_view text) {
  chat::part out;
  out.kind = kind;
  out.text = text;
  return out;
}

chat::message message_of(chat::role who, std::vector<chat::part> parts) {
  chat::message out;
  out.who = who;
  out.parts = std::move(parts);
  return out;
}

chat::part call_of(std::string_view id, std::string_view name, std::string_view arguments) {
  chat::part out = part_of(chat::part_kind::tool_call, arguments);
  out.id = id;
  out.name = name;
  return out;
}

chat::part result_of(std::string_view id, std::string_view text) {
  chat::part out = part_of(chat::part_kind::tool_result, {});
  out.id = id;
  out.plain = true;
  out.content.push_back(part_of(chat::part_kind::text, text));
  return out;
}

chat::chat_request foreign() {
  chat::chat_request asked;
  asked.from = config::dialect::anthropic_messages;
  asked.model = "m";
  return asked;
}

}  // namespace

TEST_CASE("nothing of a Responses request is lost on its way through the form") {
  // As the writer writes them: items with a type, what means nothing gone.
  const std::string members = GENERATE(
      R"("input":[{"type":"message","role":"user","content":"hi"}])",
      R"("instructions":"be kind","input":[{"type":"message","role":"developer","content":[{"type":"input_text","text":"a"}]}])",
      R"("input":[{"type":"message","role":"user","content":[
          {"type":"input_text","text":"a","prompt_cache_breakpoint":{"mode":"explicit"}},
          {"type":"input_image","image_url":"data:image/png;base64,AA","detail":"high"},
          {"type":"input_image","image_url":"https://x","detail":"auto"},
          {"type":"input_image","file_id":"file-1","detail":"auto"},
          {"type":"input_file","file_data":"data:application/pdf;base64,AA","filename":"a.pdf"},
          {"type":"input_file","file_url":"https://x/a.pdf"},
          {"type":"input_file","file_id":"file-1"},
          {"type":"input_audio","input_audio":{"data":"AA","format":"wav"}},
          {"type":"input_other","x":[1,2.5,null]}]}])",
      R"("input":[{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"a"}],"encrypted_content":"gA"},
          {"type":"message","role":"assistant","id":"msg_1","phase":"commentary","content":[
            {"type":"output_text","text":"a","annotations":[{"type":"url_citation","url":"u"}]},{"type":"refusal","refusal":"no"},{"type":"output_other","x":1}]},
          {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{\"a\": 1}"},
          {"type":"custom_tool_call","id":"ctc_1","call_id":"c2","name":"g","input":"ls"},
          {"type":"function_call_output","call_id":"c1","output":"one"},
          {"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"two"}]},
          {"type":"message","role":"assistant","content":"done"},
          {"type":"message","role":"assistant","content":"really","phase":"final_answer"}])",
      R"("input":[{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],"encrypted_content":"gA"},
          {"type":"reasoning","id":"rs_2","summary":[],"content":[{"type":"reasoning_text","text":"raw"}]},
          {"type":"reasoning","summary":[],"status":"incomplete"},
          {"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"q"}},
          {"type":"mcp_approval_response","approve":true,"approval_request_id":"x"},
          {"type":"computer_call_output","call_id":"c","output":{"type":"computer_screenshot","image_url":"u"}}])",
      R"("input":[],"tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object","properties":{"a":{"enum":[1.0,2]}}},"strict":false},
          {"type":"function","name":"h","parameters":null},
          {"type":"custom","name":"g","description":"d","format":{"type":"grammar","syntax":"lark","definition":"x"}},
          {"type":"web_search","search_context_size":"low"}],"tool_choice":{"type":"custom","name":"g"},
          "parallel_tool_calls":false,"max_tool_calls":3)",
      R"("input":[],"tools":[{"type":"function","name":"f","parameters":{"type":"string"},"strict":true}],
          "tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"}]})",
      R"("input":[],"tools":[{"type":"mcp","server_label":"l"}],"tool_choice":{"type":"mcp","server_label":"l"})",
      R"("input":[],"text":{"format":{"type":"json_schema","name":"n","description":"d","schema":{"type":"object"},"strict":true},"verbosity":"low"},
          "reasoning":{"effort":"high","summary":"detailed","context":"all_turns"},"max_output_tokens":9,"temperature":0.5,
          "top_p":0.25,"top_logprobs":2,"metadata":{"a":"b"},"service_tier":"flex","truncation":"auto","user":"u",
          "prompt_cache_key":"k","prompt_cache_retention":"24h","safety_identifier":"s","own_field":{"x":[1]})",
      R"("input":[],"text":{"format":{"type":"json_object"}},"reasoning":{"effort":"none","summary":"auto"})");
  json::object wanted = json::parse("{\"model\":\"up\"," + members + "}").as_object();
  const json::array include = {"reasoning.encrypted_content", "code_interpreter_call.outputs"};
  wanted["include"] = include;
  wanted["store"] = false;
  wanted["stream"] = true;
  const std::string text = json::serialize(wanted);
  const sent got = write(parsed(text), {.model = "up", .stream = true, .issuer = "openai-responses"});
  INFO(json::serialize(got.body));
  INFO(text);
  CHECK(json::value(got.body) == json::value(wanted));
  CHECK(got.notes.empty());
}

TEST_CASE("a short input is written in its long form") {
  const sent got = write(parsed(R"({"model":"m","input":"hi"})"));
  CHECK(json::serialize(got.body.at("input")) == R"([{"type":"message","role":"user","content":"hi"}])");
  CHECK(got.body.at("model").as_string() == "up");
  CHECK(got.body.at("store") == json::value(false));
  CHECK(json::serialize(got.body.at("include")) == R"(["reasoning.encrypted_content"])");
}

TEST_CASE("a foreign turn of thoughts, text and calls becomes items in their order") {
  chat::chat_request asked = foreign();
  chat::message top = message_of(chat::role::system, {part_of(chat::part_kind::text, "be kind")});
  top.on_top = true;
  chat::part thought = part_of(chat::part_kind::thinking, "hm");
  thought.signature = "gA";
  thought.issuer = "openai-responses";
  asked.messages = {
      top, message_of(chat::role::user, {part_of(chat::part_kind::text, "go")}),
      message_of(chat::role::assistant, {thought, part_of(chat::part_kind::text, "ok"),
                                         call_of("c1", "f", ""), call_of("c2", "g", "{\"a\":1}")}),
      message_of(chat::role::user,
                 {result_of("c1", "one"), result_of("c2", "two"), part_of(chat::part_kind::text, "and")})};
  const sent got = write(asked);
  CHECK(got.notes.empty());
  CHECK(got.body.at("instructions").as_string() == "be kind");
  CHECK(
      json::serialize(got.body.at("input")) ==
      R"([{"type":"message","role":"user","content":[{"type":"input_text","text":"go"}]},)"
      R"({"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"gA"},)"
      R"({"type":"message","role":"assistant","content":[{"type":"output_text","text":"ok","annotations":[]}]},)"
      R"({"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},)"
      R"({"type":"function_call","call_id":"c2","name":"g","arguments":"{\"a\":1}"},)"
      R"({"type":"function_call_output","call_id":"c1","output":"one"},)"
      R"({"type":"function_call_output","call_id":"c2","output":"two"},)"
      R"({"type":"message","role":"user","content":[{"type":"input_text","text":"and"}]}])");
}

TEST_CASE("reasoning goes to nobody but its issuer, and that is said") {
  chat::chat_request asked = foreign();
  chat::part other = part_of(chat::part_kind::thinking, "hm");
  other.signature = "S";
  other.issuer = "anthropic-messages";
  asked.messages = {message_of(chat::role::assistant, {other, part_of(chat::part_kind::thinking, "bare"),
                                                       part_of(chat::part_kind::text, "a")})};
  const sent got = write(asked, {.model = "up", .issuer = "openai-responses"});
  CHECK(got.body.at("input").as_array().size() == 1);
  CHECK(got.notes_say("reasoning: signed by another vendor"));
  CHECK(got.notes_say("reasoning: unsigned"));
}

TEST_CASE("calls without ids get some, and their results the same") {
  chat::chat_request asked = foreign();
  asked.from = config::dialect::gemini;
  asked.messages = {message_of(chat::role::assistant, {call_of("", "f", "{}"), call_of("", "g", "{}")}),
                    message_of(chat::role::user, {result_of("", "one"), result_of("", "two")})};
  const auto items = write(asked).body.at("input").as_array();
  REQUIRE(items.size() == 4);
  CHECK(items[0].at("call_id") == items[2].at("call_id"));
  CHECK(items[1].at("call_id") == items[3].at("call_id"));
  CHECK(items[0].at("call_id") != items[1].at("call_id"));
}

TEST_CASE("a foreign tool is not strict unless it says so [trap16]") {
  chat::chat_request asked = foreign();
  chat::tool tool;
  tool.name = "f";
  asked.tools = {tool};
  asked.choose =
      chat::tool_choice{.mode = chat::choice_mode::required, .names = {"f"}, .must_call = {}, .extra = {}};
  const sent got = write(asked);
  CHECK(json::serialize(got.body.at("tools")) ==
        R"([{"type":"function","name":"f","parameters":{"type":"object","properties":{}},"strict":false}])");
  CHECK(json::serialize(got.body.at("tool_choice")) == R"({"type":"function","name":"f"})");
}

TEST_CASE("chat's grammar loses a level, its verbosity moves, shared fields stay") {
  chat::chat_request asked = foreign();
  asked.from = config::dialect::openai_chat;
  chat::tool tool;
  tool.form = chat::tool_form::custom;
  tool.name = "g";
  tool.extra = json::parse(R"({"format":{"type":"grammar","grammar":{"syntax":"lark","definition":"x"}}})")
                   .as_object();
  asked.tools = {tool};
  asked.extra =
      json::parse(R"({"verbosity":"low","metadata":{"a":"b"},"store":true,"logit_bias":{}})").as_object();
  const sent got = write(asked);
  CHECK(json::serialize(got.body.at("tools").at(0).at("format")) ==
        R"({"type":"grammar","syntax":"lark","definition":"x"})");
  CHECK(got.body.at("text").at("verbosity").as_string() == "low");
  CHECK(got.body.at("metadata").at("a").as_string() == "b");
  CHECK(got.body.at("store") == json::value(false));
  CHECK_FALSE(got.body.contains("logit_bias"));
  CHECK(got.notes_say("fields of another dialect's own"));
}

TEST_CASE("what the dialect has not is noted, and a budget becomes an effort") {
  chat::chat_request asked = foreign();
  asked.stop = {"x"};
  asked.seed = 1;
  asked.top_k = 1;
  asked.presence_penalty = 1;
  asked.frequency_penalty = 1;
  asked.think.emplace().budget = 4000;
  asked.max_output = 100;
  const sent got = write(asked);
  for (const std::string_view what :
       {"stop", "seed", "top_k", "presence_penalty", "frequency_penalty", "reasoning budget"}) {
    INFO(what);
    CHECK(got.notes_say(what));
  }
  CHECK(got.body.at("reasoning").at("effort").as_string() == "medium");
  CHECK(got.body.at("max_output_tokens").as_int64() == 100);
}

TEST_CASE("what cannot be said is refused") {
  chat::chat_request hosted = foreign();
  hosted.tools.emplace_back().form = chat::tool_form::hosted;
  CHECK(refusal_of(hosted).starts_with("tools: a hosted tool"));
  chat::chat_request many = foreign();
  many.choices = 2;
  CHECK(refusal_of(many).starts_with("n: "));
  chat::chat_request stored = foreign();
  chat::part file = part_of(chat::part_kind::file, {});
  file.media.file_id = "f";
  stored.messages = {message_of(chat::role::user, {file})};
  CHECK(refusal_of(stored).starts_with("file_id: "));
  chat::chat_request sound = foreign();
  chat::part linked = part_of(chat::part_kind::audio, {});
  linked.media.url = "https://x";
  sound.messages = {message_of(chat::role::user, {linked})};
  CHECK(refusal_of(sound).starts_with("audio: "));
}

TEST_CASE("the preset's quirks and the configuration's fields come last") {
  config::quirks quirks;
  quirks.drop = {"include", "user"};
  quirks.clamp = {{"temperature", {0, 1}}};
  quirks.rename = {{"max_output_tokens", "max_tokens"}};
  const std::vector<config::body_field> set = {{"top_p", "0.5", {}}};
  const std::vector<config::body_field> defaults = {{"temperature", "0.1", {}}, {"extra", "{\"a\":1}", {}}};
  chat::chat_request asked = foreign();
  asked.user = "u";
  asked.temperature = 1.5;
  asked.max_output = 50;
  const sent got =
      write(asked, {.model = "up", .issuer = {}, .quirks = &quirks, .set = set, .defaults = defaults});
  CHECK_FALSE(got.body.contains("user"));
  CHECK_FALSE(got.body.contains("include"));
  CHECK(got.body.at("temperature") == json::value(1.0));
  CHECK(got.body.at("max_tokens").as_int64() == 50);
  CHECK(got.body.at("top_p") == json::value(0.5));
  CHECK(got.body.at("extra").at("a").as_int64() == 1);
  CHECK(got.notes_say("temperature"));
  CHECK(got.notes_say("user"));
}

TEST_CASE("a limit below the least that Responses takes is raised to it, and said so") {
  chat::chat_request asked = foreign();
  asked.max_output = 5;
  const sent got = write(asked, {.model = "up", .issuer = {}});
  CHECK(got.body.at("max_output_tokens").as_int64() == 16);
  CHECK(got.notes_say("max_output_tokens"));
}
