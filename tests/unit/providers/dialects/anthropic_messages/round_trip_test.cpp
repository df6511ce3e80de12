// Requests of this dialect through the form in no dialect and back: nothing is lost.
#include "providers/dialects/anthropic_messages/request_parser.hpp"
#include "providers/dialects/anthropic_messages/request_writer.hpp"
#include "tests/unit/providers/dialects/anthropic_messages/samples.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::anthropic_messages;

namespace {

const std::vector<std::string> corpus = {
    R"({"model":"m","max_tokens":64,"messages":[{"role":"user","content":"hi"}]})",
    R"({"model":"m","max_tokens":0,"stream":true,"messages":[{"role":"user","content":""}]})",
    R"({"model":"m","max_tokens":64,"system":"be brief","messages":[{"role":"user","content":"hi"},
        {"role":"assistant","content":"yo "}]})",
    R"({"model":"m","max_tokens":64,"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}},
        {"type":"text","text":"b"}],"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]},
        {"role":"user","content":"again"},{"role":"system","content":"mid"}]})",
    R"({"model":"m","max_tokens":64,"messages":[{"role":"user","content":[
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}},
        {"type":"image","source":{"type":"url","url":"https://x/y.png"},"cache_control":{"type":"ephemeral"}},
        {"type":"image","source":{"type":"file","file_id":"file_1"}},
        {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0="},
         "title":"t","context":"c","citations":{"enabled":true}},
        {"type":"document","source":{"type":"text","media_type":"text/plain","data":"gr\u00fc\u00dfe"}},
        {"type":"document","source":{"type":"content","content":[{"type":"text","text":"x"}]}},
        {"type":"document","source":{"type":"url","url":"https://x/y.pdf"},"title":null},
        {"type":"search_result","source":"https://x","title":"t","content":[{"type":"text","text":"x"}]}]}]})",
    R"({"model":"m","max_tokens":64,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[
        {"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"redacted_thinking","data":"ZGF0YQ=="},
        {"type":"text","text":"let me"},
        {"type":"tool_use","id":"toolu_1","name":"f","input":{"x":1.0,"y":[1e-7,12345678901,true,null],"z":{}}},
        {"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"q"}},
        {"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","url":"u"}]}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"42","is_error":true},
        {"type":"tool_result","tool_use_id":"toolu_2","content":[{"type":"text","text":"a"},
        {"type":"image","source":{"type":"url","url":"https://x/y.png"}}],"cache_control":{"type":"ephemeral"}},
        {"type":"tool_result","tool_use_id":"toolu_3"},{"type":"text","text":"and"}]}]})",
    R"({"model":"m","max_tokens":64,"messages":[],"tools":[{"name":"f","description":"d","strict":true,
        "input_schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]},
        "cache_control":{"type":"ephemeral"},"input_examples":[{"a":"b"}]},
        {"type":"web_search_20260318","name":"web_search","max_uses":5}],
        "tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true}})",
    R"({"model":"m","max_tokens":64,"messages":[],"tools":[{"name":"f","input_schema":{"type":"object"}}],
        "tool_choice":{"type":"any","disable_parallel_tool_use":false}})",
    R"({"model":"m","max_tokens":64,"messages":[],"tool_choice":{"type":"auto"}})",
    R"({"model":"m","max_tokens":64,"messages":[],"tool_choice":{"type":"none"}})",
    R"({"model":"m","max_tokens":64,"messages":[],"tool_choice":{"type":"of_tomorrow","x":1}})",
    R"({"model":"m","max_tokens":2048,"messages":[],"thinking":{"type":"enabled","budget_tokens":1024},
        "temperature":1.0,"top_p":0.95,"top_k":5,"stop_sequences":["\n","END"]})",
    R"({"model":"m","max_tokens":64,"messages":[],"thinking":{"type":"adaptive","display":"omitted"},
        "output_config":{"effort":"max","format":{"type":"json_schema","schema":{"type":"object"},"x":1},"y":2}})",
    R"({"model":"m","max_tokens":64,"messages":[],"thinking":{"type":"disabled"},"output_config":{"effort":"low"}})",
    R"({"model":"m","max_tokens":64,"messages":[],"thinking":{"type":"between_tools","display":"summarized"}})",
    R"({"model":"m","max_tokens":64,"messages":[],"metadata":{"user_id":"u","more":1},"service_tier":"auto",
        "cache_control":{"type":"ephemeral"},"speed":"fast","container":"c","inference_geo":"us",
        "diagnostics":{"previous_message_id":null},"mcp_servers":[{"type":"url","url":"https://x"}]})",
};

routes::result<chat::chat_request> parsed(std::string_view body) {
  return parse_request(body);
}

}  // namespace

TEST_CASE("a request comes back as it was") {
  const auto& body = GENERATE(from_range(corpus));
  const auto read = parsed(body);
  if (read.has_error()) FAIL(read.error().context);
  const bool stream = read->stream.value_or(false);
  const auto written = write_request(
      *read, {.model = "m", .max_output = 32, .stream = stream, .issuer = "anthropic-messages"});
  REQUIRE(written.has_value());
  CHECK(written->notes.empty());
  auto wanted = value_of(body).as_object();
  // A title that is null says nothing, and neither does a client's own `null` anywhere at the top.
  const auto got = value_of(written->body);
  INFO(written->body);
  if (body.find("\"title\":null") != std::string::npos) {
    wanted["messages"].as_array()[0].as_object()["content"].as_array()[6].as_object().erase("title");
  }
  CHECK(got == boost::json::value(wanted));
}

TEST_CASE("equal conversations are equal bytes, so that a prompt's prefix stays in the cache") {
  const auto& body = GENERATE(from_range(corpus));
  const write_options how{.model = "m", .issuer = "anthropic-messages"};
  CHECK(write_request(*parsed(body), how)->body == write_request(*parsed(body), how)->body);
}

TEST_CASE("the target's model stands for the client's, and fields of the preset come last") {
  const std::vector<config::body_field> set = {{"top_k", "40", {}}};
  const std::vector<config::body_field> defaults = {{"speed", "\"fast\"", {}}, {"max_tokens", "1", {}}};
  const auto written = write_request(
      *parsed(R"({"model":"ours","max_tokens":7,"top_k":1,"messages":[{"role":"user","content":"hi"}]})"),
      {.model = "theirs", .issuer = {}, .set = set, .defaults = defaults});
  CHECK(value_of(written->body) == value_of(R"({"model":"theirs","max_tokens":7,"top_k":40,
      "messages":[{"role":"user","content":"hi"}],"speed":"fast"})"));
}

TEST_CASE("foreign signatures leave before the request goes to another issuer") {
  const auto read = parsed(R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"q"},
      {"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"nf1.gemini.abc"},
      {"type":"thinking","thinking":"u","signature":"own"},{"type":"text","text":"a"}]}]})");
  REQUIRE(read.has_value());
  CHECK(read->messages[1].parts[0].issuer == "gemini");
  CHECK(read->messages[1].parts[0].signature == "abc");
  CHECK(read->messages[1].parts[1].issuer == "anthropic-messages");
  const auto written = write_request(*read, {.model = "m", .issuer = "anthropic-messages"});
  CHECK(written->notes ==
        std::vector<std::string>{"reasoning: left out, its signature is of another issuer"});
  CHECK(value_of(written->body).at("messages").at(1).at("content") ==
        value_of(R"([{"type":"thinking","thinking":"u","signature":"own"},{"type":"text","text":"a"}])"));
}

TEST_CASE("a call's foreign signature goes back to its call") {
  const auto read = parsed(R"({"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":[
      {"type":"text","text":"a"},{"type":"redacted_thinking","data":"nf1.gemini.text:t"},
      {"type":"tool_use","id":"1","name":"f","input":{}},
      {"type":"redacted_thinking","data":"nf1.gemini.call:abc"}]}]})");
  REQUIRE(read.has_value());
  const auto& parts = read->messages[0].parts;
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].signature == "t");
  CHECK(parts[1].signature == "abc");
  CHECK(parts[1].issuer == "gemini");
}

TEST_CASE("what is no request says where") {
  const auto [body, where] = GENERATE(table<std::string, std::string>({
      {R"(nothing)", "JSON"},
      {R"([])", "object"},
      {R"({"messages":[]})", "model"},
      {R"({"model":"m"})", "messages"},
      {R"({"model":"m","messages":[{"role":"robot","content":""}]})", "messages[0].role"},
      {R"({"model":"m","messages":[{"role":"user"}]})", "messages[0].content"},
      {R"({"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}]})",
       "messages[0].content[0].text"},
      {R"({"model":"m","messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"x","content":[7]}]}]})",
       "messages[0].content[0].content[0]"},
      {R"({"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use","id":"x","name":"f","input":"{}"}]}]})",
       "messages[0].content[0].input"},
      {R"({"model":"m","messages":[],"max_tokens":-1})", "max_tokens"},
      {R"({"model":"m","messages":[],"max_tokens":1.5})", "max_tokens"},
      {R"({"model":"m","messages":[],"tools":[{"input_schema":{}}]})", "tools[0].name"},
      {R"({"model":"m","messages":[],"tools":[{"name":"f","type":7}]})", "tools[0].type"},
      {R"({"model":"m","messages":[],"tool_choice":"auto"})", "tool_choice"},
      {R"({"model":"m","messages":[],"tool_choice":{"type":"tool","name":""}})", "tool_choice.name"},
      {R"({"model":"m","messages":[],"stop_sequences":[1]})", "stop_sequences"},
  }));
  const auto read = parsed(body);
  INFO(body);
  REQUIRE(read.has_error());
  CHECK(read.error().kind == routes::error_kind::bad_request);
  CHECK(read.error().side == routes::error_side::downstream);
  CHECK(read.error().context.find(where) != std::string::npos);
}
