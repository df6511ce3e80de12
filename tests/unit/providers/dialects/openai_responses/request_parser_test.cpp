#include "providers/dialects/openai_responses/request_parser.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

using namespace nearfar;
using namespace nearfar::providers;
using chat::part_kind;
using chat::role;

namespace {

chat::chat_request parsed(std::string_view text) {
  auto read = openai_responses::parse_request(text);
  INFO(text);
  if (read.has_error()) FAIL(read.error().context);
  return *std::move(read);
}

chat::chat_request with_items(std::string_view items) {
  return parsed(R"({"model":"m","input":[)" + std::string{items} + "]}");
}

std::string refusal_of(std::string_view text) {
  const auto read = openai_responses::parse_request(text);
  INFO(text);
  REQUIRE(read.has_error());
  CHECK(read.error().kind == routes::error_kind::bad_request);
  CHECK(read.error().side == routes::error_side::downstream);
  return read.error().context;
}

bool has(std::string_view text, std::string_view piece) {
  return text.find(piece) != std::string_view::npos;
}

}  // namespace

TEST_CASE("a string input is the user's turn, instructions stand on top") {
  const auto asked = parsed(R"({"model":"m","input":"hi","instructions":"be kind"})");
  CHECK(asked.from == config::dialect::openai_responses);
  REQUIRE(asked.messages.size() == 2);
  CHECK(asked.messages[0].who == role::system);
  CHECK(asked.messages[0].on_top);
  CHECK(asked.messages[0].parts.at(0).text == "be kind");
  CHECK(asked.messages[1].who == role::user);
  CHECK(asked.messages[1].plain);
  CHECK(asked.messages[1].parts.at(0).text == "hi");
}

TEST_CASE("the items of one turn make one message of the assistant") {
  const auto asked = with_items(
      R"({"role":"user","content":"go"},
         {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"gAAA"},
         {"type":"message","id":"msg_1","role":"assistant","status":"completed","phase":"commentary",
          "content":[{"type":"output_text","text":"a","annotations":[],"logprobs":[]}]},
         {"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{\"a\":1}","status":"completed"},
         {"type":"custom_tool_call","id":"ctc_1","call_id":"call_2","name":"sh","input":"ls"},
         {"type":"function_call_output","call_id":"call_1","output":"one"},
         {"type":"custom_tool_call_output","call_id":"call_2","output":[{"type":"input_text","text":"two"}]})");
  REQUIRE(asked.messages.size() == 4);
  const auto& turn = asked.messages[1];
  CHECK(turn.who == role::assistant);
  REQUIRE(turn.parts.size() == 4);
  CHECK(turn.parts[0].kind == part_kind::thinking);
  CHECK(turn.parts[0].text == "hm");
  CHECK(turn.parts[0].signature == "gAAA");
  CHECK(turn.parts[0].issuer == "openai-responses");
  CHECK(turn.parts[0].item_id == "rs_1");
  CHECK(turn.parts[0].extra.empty());
  CHECK(turn.parts[1].item_id == "msg_1");
  CHECK(turn.parts[1].extra.at("message").at("phase").as_string() == "commentary");
  CHECK(turn.parts[1].extra.size() == 1);
  CHECK(turn.parts[2].id == "call_1");
  CHECK(turn.parts[2].item_id == "fc_1");
  CHECK(turn.parts[2].text == "{\"a\":1}");
  CHECK(turn.parts[3].form == chat::call_form::custom);
  CHECK(turn.parts[3].text == "ls");
  CHECK(asked.messages[2].who == role::tool);
  CHECK(asked.messages[2].parts.at(0).plain);
  CHECK(asked.messages[2].parts.at(0).id == "call_1");
  CHECK(asked.messages[3].parts.at(0).form == chat::call_form::custom);
  CHECK(asked.messages[3].parts.at(0).content.at(0).text == "two");
}

TEST_CASE("two messages of the assistant in a row stay two, and calls stay with their turn") {
  const auto two = with_items(R"({"role":"assistant","content":"a"},{"role":"assistant","content":"b"})");
  CHECK(two.messages.size() == 2);
  const auto one = with_items(
      R"({"type":"function_call","call_id":"1","name":"f","arguments":""},
         {"role":"assistant","content":"b"},
         {"type":"function_call","call_id":"2","name":"f","arguments":""})");
  REQUIRE(one.messages.size() == 1);
  CHECK(one.messages[0].parts.size() == 3);
}

TEST_CASE("seals go back to what they sign") {
  const auto asked = with_items(
      R"({"type":"reasoning","summary":[],"encrypted_content":"nf1.anthropic-messages.!RED"},
         {"type":"reasoning","summary":[{"type":"summary_text","text":"x"}],"encrypted_content":"nf1.anthropic-messages.SIG"},
         {"role":"assistant","content":"text"},
         {"type":"reasoning","summary":[],"encrypted_content":"nf1.gemini.=TXT"},
         {"type":"reasoning","summary":[],"encrypted_content":"nf1.gemini.@c@1@CALL"},
         {"type":"function_call","call_id":"c@1","name":"f","arguments":"{}"})");
  REQUIRE(asked.messages.size() == 1);
  const auto& parts = asked.messages[0].parts;
  REQUIRE(parts.size() == 4);
  CHECK(parts[0].redacted);
  CHECK(parts[0].signature == "RED");
  CHECK(parts[0].issuer == "anthropic-messages");
  CHECK(parts[1].signature == "SIG");
  CHECK_FALSE(parts[1].redacted);
  CHECK(parts[2].signature == "TXT");
  CHECK(parts[2].issuer == "gemini");
  CHECK(parts[3].signature == "CALL");
}

TEST_CASE("images, files and sound are taken apart") {
  const auto asked = with_items(R"({"role":"user","content":[
      {"type":"input_image","image_url":"data:image/jpeg;base64,AAAA","detail":"low"},
      {"type":"input_image","image_url":"https://x/y.png"},
      {"type":"input_image","file_id":"file-1"},
      {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,BBBB"},
      {"type":"input_file","file_url":"https://x/a.pdf"},
      {"type":"input_audio","input_audio":{"data":"CCCC","format":"wav"}},
      {"type":"input_hologram","x":1}]})");
  const auto& parts = asked.messages.at(0).parts;
  REQUIRE(parts.size() == 7);
  CHECK(parts[0].media.mime == "image/jpeg");
  CHECK(parts[0].media.data == "AAAA");
  CHECK(parts[0].media.detail == "low");
  CHECK(parts[1].media.url == "https://x/y.png");
  CHECK(parts[2].media.file_id == "file-1");
  CHECK(parts[3].media.name == "a.pdf");
  CHECK(parts[3].media.data == "BBBB");
  CHECK(parts[4].media.url == "https://x/a.pdf");
  CHECK(parts[5].kind == part_kind::audio);
  CHECK(parts[5].media.mime == "audio/wav");
  CHECK(parts[6].kind == part_kind::opaque);
  CHECK(parts[6].extra.at("x") == boost::json::value(1));
}

TEST_CASE("hosted tools and their items stay as they are") {
  const auto asked = parsed(
      R"({"model":"m","tools":[{"type":"web_search","user_location":null}],
          "tool_choice":{"type":"web_search"},
          "input":[{"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search"}},
                   {"type":"computer_call_output","call_id":"c","output":{"type":"computer_screenshot"}}]})");
  CHECK(asked.tools.at(0).form == chat::tool_form::hosted);
  CHECK(asked.tools.at(0).name == "web_search");
  CHECK(asked.tools.at(0).extra.contains("user_location"));
  CHECK(asked.choose->extra.at("type").as_string() == "web_search");
  REQUIRE(asked.messages.size() == 2);
  CHECK(asked.messages[0].who == role::assistant);
  CHECK(asked.messages[0].parts.at(0).kind == part_kind::opaque);
  CHECK(asked.messages[0].parts.at(0).extra.at("action").at("type").as_string() == "search");
  CHECK(asked.messages[1].who == role::tool);
}

TEST_CASE("a tool that does not say strict is strict where its schema allows it [trap16]") {
  const auto asked = parsed(R"({"model":"m","input":"x","tools":[
    {"type":"function","name":"closed","parameters":{"type":"object","properties":{"a":{"type":"string"}},
     "required":["a"],"additionalProperties":false}},
    {"type":"function","name":"open","parameters":{"type":"object","properties":{"a":{"type":"string"}}}},
    {"type":"function","name":"loose","strict":false,"parameters":{"type":"object","properties":{},
     "additionalProperties":false}},
    {"type":"custom","name":"sh","description":"d","format":{"type":"grammar","syntax":"lark","definition":"x"}}]})");
  REQUIRE(asked.tools.size() == 4);
  CHECK(asked.tools[0].strict == true);
  CHECK_FALSE(asked.tools[1].strict.has_value());
  CHECK(asked.tools[2].strict == false);
  CHECK(asked.tools[3].form == chat::tool_form::custom);
  CHECK(asked.tools[3].extra.at("format").at("syntax").as_string() == "lark");
}

TEST_CASE("every form of tool_choice is read") {
  const auto choice = [](std::string_view text) {
    return *parsed(R"({"model":"m","input":"x","tool_choice":)" + std::string{text} + "}").choose;
  };
  CHECK(choice("\"auto\"").mode == chat::choice_mode::automatic);
  CHECK(choice("\"none\"").mode == chat::choice_mode::none);
  CHECK(choice("\"required\"").mode == chat::choice_mode::required);
  CHECK(choice(R"({"type":"function","name":"f"})").names == std::vector<std::string>{"f"});
  const auto allowed = choice(
      R"({"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"},{"type":"custom","name":"g"}]})");
  CHECK(allowed.mode == chat::choice_mode::allowed);
  CHECK(allowed.must_call);
  CHECK(allowed.names == std::vector<std::string>{"f", "g"});
  CHECK(allowed.extra.empty());
}

TEST_CASE("settings stand in their fields, the rest beside them") {
  const auto asked = parsed(
      R"({"model":"m","input":"x","stream":true,"max_output_tokens":12,"temperature":1,"top_p":0.5,
          "top_logprobs":3,"parallel_tool_calls":false,"user":"u","prompt_cache_key":"k","store":true,
          "background":false,"truncation":"disabled","metadata":{"a":"b"},"service_tier":null,"own":null,
          "include":["reasoning.encrypted_content","message.output_text.logprobs","file_search_call.results"],
          "reasoning":{"effort":"high","summary":"auto"},
          "text":{"verbosity":"low","format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true}}})");
  CHECK(asked.stream == true);
  CHECK(asked.max_output == 12);
  CHECK(asked.temperature == 1.0);
  CHECK(asked.top_p == 0.5);
  CHECK(asked.top_logprobs == 3);
  CHECK(asked.logprobs == true);
  CHECK(asked.parallel_calls == false);
  CHECK(asked.user == "u");
  CHECK(asked.cache_key == "k");
  CHECK(asked.think->effort == "high");
  CHECK(asked.think->shown == true);
  CHECK(asked.think->extra.empty());
  CHECK(asked.format->kind == chat::format_kind::json_schema);
  CHECK(asked.format->strict == true);
  CHECK(
      boost::json::serialize(asked.extra) ==
      R"({"metadata":{"a":"b"},"own":null,"include":["file_search_call.results"],"text":{"verbosity":"low"}})");
}

TEST_CASE("what names something stored is refused by the parser too") {
  const std::string field = GENERATE(R"("previous_response_id":"r")", R"("conversation":"c")",
                                     R"("prompt":{"id":"p"})", R"("background":true)");
  CHECK(has(refusal_of(R"({"model":"m","input":"x",)" + field + "}"), "`store: false`"));
  CHECK(has(refusal_of(R"({"model":"m","input":[{"type":"item_reference","id":"x"}]})"), "input[0].type"));
}

TEST_CASE("a malformed item is named by its place") {
  CHECK(has(refusal_of(R"({"model":"m","input":["x"]})"), "input[0] must be an object"));
  CHECK(has(refusal_of(R"({"model":"m","input":[{}]})"), "input[0] has neither a type nor a role"));
  CHECK(has(refusal_of(R"({"model":"m","input":[{"role":"robot","content":""}]})"), "input[0].role"));
  CHECK(has(refusal_of(R"({"model":"m","input":[{"role":"user","content":"a"},{"role":"user"}]})"),
            "input[1].content"));
  CHECK(
      has(refusal_of(R"({"model":"m","input":[{"type":"function_call","name":"f"}]})"), "input[0].call_id"));
  CHECK(has(
      refusal_of(R"({"model":"m","input":[{"type":"custom_tool_call","call_id":"c","name":"f","input":7}]})"),
      "input[0].input"));
  CHECK(has(refusal_of(R"({"model":"m","input":"x","tools":[{"type":"function"}]})"), "tools[0]"));
  CHECK(has(refusal_of(R"({"model":"m","input":"x","temperature":"hot"})"), "temperature must be a number"));
  CHECK(has(refusal_of(R"({"model":"m","input":"x","text":{"format":{"type":"xml"}}})"), "text.format.type"));
}
