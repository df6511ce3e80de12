#include "providers/dialects/openai_chat/codec.hpp"
#include "tests/unit/providers/dialects/openai_chat/same_json.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <string>

using namespace nearfar;
using namespace nearfar::providers;
namespace json = boost::json;

namespace {

// Every member that the reference names, in the shapes that clients send it.
const char* const bodies[] = {
    R"({"model":"m","messages":[{"role":"user","content":"hi"}]})",
    R"({"model":"m","messages":[]})",
    R"({"messages":[{"role":"system","content":"a","name":"x"},{"role":"developer","content":[{"type":"text","text":"b","cache_control":{"type":"ephemeral"}}]}],"model":"m"})",
    R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"what"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk=","detail":"high"}},{"type":"image_url","image_url":{"url":"https://x.example/a.png"}},{"type":"image_url","image_url":"https://x.example/b.png"},{"type":"input_audio","input_audio":{"data":"aGk=","format":"wav"}},{"type":"file","file":{"file_data":"data:application/pdf;base64,aGk=","filename":"a.pdf"}},{"type":"file","file":{"file_id":"file-1"}},{"type":"video_url","video_url":{"url":"u"}},"bare"]}]})",
    R"({"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:;base64,aGk=","x":1},"prompt_cache_breakpoint":{"mode":"explicit"}}]}]})",
    R"({"model":"m","messages":[{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\": 1}"}},{"id":"b","type":"custom","custom":{"name":"g","input":"free"}},{"id":"c","index":2,"function":{"name":"h","arguments":{"y":2}}},{"id":"d","type":"weird","weird":{}},{"id":"e","type":"function","function":{"name":"i","arguments":""},"extra_content":{"google":{"thought_signature":"sig=="}}}]},{"role":"tool","tool_call_id":"a","content":"1","name":"f"},{"role":"tool","tool_call_id":"b","content":[{"type":"text","text":"2"},{"type":"text","text":"3"}]},{"role":"tool","tool_call_id":"c"}]})",
    R"({"model":"m","messages":[{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"refusal","refusal":"b"}],"refusal":"no","annotations":[],"audio":{"id":"x"},"prefix":true}]})",
    R"({"model":"m","messages":[{"role":"assistant","content":"x","reasoning_content":"why"},{"role":"assistant","content":"x","reasoning":"why","reasoning_details":[{"type":"reasoning.text","text":"why","signature":"s","id":"r1","format":"anthropic-claude-v1","index":0},{"type":"reasoning.summary","summary":"z"},{"type":"reasoning.encrypted","data":"blob","id":"q"},{"type":"reasoning.server_tool_call","tool_name":"t"}]}]})",
    R"({"model":"m","messages":[{"role":"assistant","content":"x","reasoning":"plain","reasoning_content":null,"reasoning_details":[{"type":"reasoning.encrypted","data":"blob"}]},{"role":"assistant","content":"x","reasoning_details":[],"tool_calls":[]},{"role":"assistant","content":"x","reasoning_details":[{"text":"minimax","signature":null}]}]})",
    R"({"model":"m","messages":[{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}],"closed":true},{"type":"text","text":"a"}]}]})",
    R"({"model":"m","functions":[{"name":"f","description":"d","parameters":{"type":"object"}}],"function_call":{"name":"f"},"messages":[{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"7"}]})",
    R"({"model":"m","messages":[],"tools":[{"type":"function","function":{"name":"f","description":"","parameters":{"type":"object","properties":{"a":{"type":"integer","minimum":18446744073709551615}}},"strict":true},"cache_control":{"type":"ephemeral"}},{"type":"custom","custom":{"name":"g","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"x"}}}},{"type":"function","function":{"name":"h","strict":null,"parameters":null,"x":1}},{"type":"web_search"}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}},"parallel_tool_calls":false})",
    R"({"model":"m","messages":[],"tool_choice":"auto","tools":[]})",
    R"({"model":"m","messages":[],"tool_choice":{"type":"function","function":{"name":"f"}},"tools":null,"functions":[]})",
    R"({"model":"m","messages":[],"max_tokens":5,"max_completion_tokens":7,"temperature":0.7,"top_p":1,"top_k":40,"n":2,"stop":"x","seed":-3,"frequency_penalty":0.5,"presence_penalty":-1.25,"logprobs":true,"top_logprobs":3,"logit_bias":{"5":-100},"user":"u","safety_identifier":"s","prompt_cache_key":"k","metadata":{"a":"b"},"store":false,"verbosity":"low","service_tier":"flex","modalities":["text"],"audio":{"voice":"x"},"prediction":{"type":"content","content":"x"},"web_search_options":{}})",
    R"({"model":"m","messages":[],"max_tokens":-1,"stop":["a","b"],"stream":true,"stream_options":{"include_usage":false,"include_obfuscation":false}})",
    R"({"model":"m","messages":[],"max_tokens":null,"stop":[],"stream":false,"temperature":null,"tool_choice":null,"response_format":null,"reasoning_effort":null})",
    R"({"model":"m","messages":[],"response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"type":"object"},"strict":null}}})",
    R"({"model":"m","messages":[],"response_format":{"type":"json_object"},"reasoning_effort":"high","reasoning":{"effort":"low","max_tokens":100,"exclude":true,"x":1},"thinking":{"type":"enabled","keep":"all"},"enable_thinking":true,"thinking_budget":10,"include_reasoning":false})",
    R"({"model":"m","messages":[],"response_format":{"type":"grammar","x":1},"provider":{"order":["a"]},"models":["x","y"],"safety_identifier":"only","user":"","prompt_cache_key":""})",
};

}  // namespace

TEST_CASE("a request comes back from its conversation as it was", "[openai-chat]") {
  const std::string body = GENERATE(Catch::Generators::from_range(std::begin(bodies), std::end(bodies)));
  INFO(body);
  const codec& chat = openai_chat::the_codec();
  const auto parsed = chat.parse_request(body);
  REQUIRE(parsed.has_value());
  write_options how;
  how.model = "m";
  how.stream = parsed->stream.value_or(false);
  how.want_usage = false;
  how.issuer = "openai-chat";
  const auto written = chat.write_request(*parsed, how);
  REQUIRE(written.has_value());
  INFO(written->body);
  CHECK(same_json(json::parse(written->body), json::parse(body)));
  CHECK(written->notes.empty());
  CHECK(chat.write_request(*parsed, how)->body == written->body);
  // And what was written says the same again.
  const auto again = chat.write_request(*chat.parse_request(written->body), how);
  CHECK(again->body == written->body);
}

TEST_CASE("a request that is none is refused with its place", "[openai-chat]") {
  const auto refused = [](std::string_view body) {
    const auto parsed = openai_chat::the_codec().parse_request(body);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().kind == routes::error_kind::bad_request);
    CHECK(parsed.error().side == routes::error_side::downstream);
    return parsed.error().context;
  };
  CHECK(refused("{") == "the body is not valid JSON: check its brackets, commas and quotes");
  CHECK(refused("[]") == "the body must be a JSON object");
  CHECK(refused(R"({"model":"m"})").starts_with("messages is missing"));
  CHECK(refused(R"({"messages":[]})").starts_with("model is missing"));
  CHECK(refused(R"({"model":"m","messages":[{"role":"user","content":"a"},{"role":"king"}]})")
            .starts_with("messages[1].role"));
  CHECK(refused(R"({"model":"m","messages":[{"role":"tool","content":"a"}]})")
            .starts_with("messages[0].tool_call_id"));
  CHECK(
      refused(
          R"({"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:text/plain,hi"}}]}]})")
          .find("not base64") != std::string::npos);
  CHECK(refused(R"({"model":"m","messages":[],"temperature":"hot"})") == "temperature must be a number");
  CHECK(refused(R"({"model":"m","messages":[],"tool_choice":"maybe"})").starts_with("tool_choice"));
  CHECK(refused(R"({"model":"m","messages":[],"tools":[{"type":7}]})").starts_with("tools"));
  CHECK(refused(R"({"model":"m","messages":[],"stop":[1]})").starts_with("stop"));
}

TEST_CASE("what a request says is found in the conversation", "[openai-chat]") {
  const auto parse = [](std::string_view body) {
    return openai_chat::the_codec().parse_request(body).value();
  };
  const auto parts = parse(bodies[3]).messages.at(0).parts;
  REQUIRE(parts.size() == 9);
  CHECK(parts[1].media.mime == "image/png");
  CHECK(parts[1].media.data == "aGk=");
  CHECK(parts[1].media.detail == "high");
  CHECK(parts[2].media.url == "https://x.example/a.png");
  CHECK(parts[4].media.mime == "audio/wav");
  CHECK(parts[5].media.name == "a.pdf");
  CHECK(parts[6].media.file_id == "file-1");
  CHECK(parts[7].kind == chat::part_kind::opaque);

  const auto calls = parse(bodies[5]);
  CHECK(calls.messages[0].parts.at(2).text == "{\"y\":2}");
  CHECK(calls.messages[0].parts.at(4).signature == "sig==");
  CHECK(calls.messages[0].parts.at(4).issuer == "gemini");
  CHECK(calls.messages[2].parts.at(0).content.size() == 2);

  const auto thoughts = parse(bodies[7]).messages.at(1).parts;
  CHECK(thoughts.at(0).kind == chat::part_kind::thinking);
  CHECK(thoughts.at(0).text == "why");
  CHECK(thoughts.at(0).signature == "s");
  CHECK(thoughts.at(2).redacted);
  CHECK(thoughts.at(2).signature == "blob");

  const auto old = parse(bodies[10]);
  CHECK(old.tools.at(0).name == "f");
  CHECK(old.choose->names == std::vector<std::string>{"f"});
  CHECK(old.messages.at(1).parts.at(0).id == old.messages.at(0).parts.at(0).id);

  const auto tools = parse(bodies[11]);
  CHECK(tools.choose->mode == chat::choice_mode::allowed);
  CHECK(tools.choose->must_call);
  CHECK(tools.tools.at(3).form == chat::tool_form::hosted);
  CHECK(tools.parallel_calls == false);

  CHECK(parse(bodies[14]).max_output == 7U);
  CHECK_FALSE(parse(bodies[15]).max_output);
  const auto think = parse(bodies[18]).think.value();
  CHECK(think.budget == 10);
  CHECK(think.enabled == true);
  CHECK(think.shown == false);
}
