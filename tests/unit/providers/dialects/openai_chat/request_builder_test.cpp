#include "providers/dialects/openai_chat/codec.hpp"
#include "providers/dialects/signature.hpp"
#include "tests/unit/providers/dialects/openai_chat/same_json.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>

using namespace nearfar;
using namespace nearfar::providers;
using chat::part_kind;
using chat::role;
namespace json = boost::json;

namespace {

chat::part text(std::string said) {
  chat::part part;
  part.text = std::move(said);
  return part;
}

chat::part call(std::string id, std::string name, std::string arguments) {
  chat::part part;
  part.kind = part_kind::tool_call;
  part.id = std::move(id);
  part.name = std::move(name);
  part.text = std::move(arguments);
  return part;
}

chat::part result(std::string id, std::vector<chat::part> content) {
  chat::part part;
  part.kind = part_kind::tool_result;
  part.id = std::move(id);
  part.content = std::move(content);
  return part;
}

chat::part image(std::string data) {
  chat::part part;
  part.kind = part_kind::image;
  part.media.mime = "image/png";
  part.media.data = std::move(data);
  return part;
}

chat::message message(role who, std::vector<chat::part> parts) {
  chat::message made;
  made.who = who;
  made.parts = std::move(parts);
  return made;
}

chat::tool_choice must_call(std::vector<std::string> names) {
  chat::tool_choice made;
  made.mode = chat::choice_mode::required;
  made.names = std::move(names);
  return made;
}

chat::chat_request foreign() {
  chat::chat_request asked;
  asked.from = config::dialect::anthropic_messages;
  asked.model = "claude";
  return asked;
}

struct outcome {
  json::object body;
  std::vector<std::string> notes;
  bool noted(std::string_view what) const {
    return std::any_of(notes.begin(), notes.end(),
                       [&](const auto& each) { return each.find(what) != std::string::npos; });
  }
};

outcome write(const chat::chat_request& asked, write_options how = {}) {
  how.model = "gpt";
  if (how.issuer.empty()) how.issuer = "openai-chat";
  auto written = openai_chat::the_codec().write_request(asked, how);
  REQUIRE(written.has_value());
  return {json::parse(written->body).as_object(), written->notes};
}

json::value at(const outcome& from, std::string_view pointer) {
  return json::value(from.body).at_pointer(pointer);
}

}  // namespace

TEST_CASE("results come before the user's words, and their images behind them all", "[openai-chat]") {
  auto asked = foreign();
  asked.messages = {
      message(role::assistant, {text("so"), call("a", "f", ""), call("b", "g", "{\"x\":1}")}),
      message(role::user, {text("and?"), result("a", {text("1"), image("aGk=")}), result("b", {text("2")})}),
      message(role::assistant, {text("end")})};
  const auto out = write(asked);
  CHECK(same_json(at(out, "/messages"), json::parse(R"([
    {"role":"assistant","content":"so","tool_calls":[
      {"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},
      {"id":"b","type":"function","function":{"name":"g","arguments":"{\"x\":1}"}}]},
    {"role":"tool","tool_call_id":"a","content":"1"},
    {"role":"tool","tool_call_id":"b","content":"2"},
    {"role":"user","content":[{"type":"text","text":"Attached to the result of tool call a:"},
      {"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}},{"type":"text","text":"and?"}]},
    {"role":"assistant","content":"end"}])")));
  CHECK(out.noted("images and files of a tool result"));
}

TEST_CASE("images of a last result become a turn of their own", "[openai-chat]") {
  auto asked = foreign();
  asked.messages = {message(role::assistant, {call("a", "f", "{}")}),
                    message(role::user, {result("a", {image("aGk=")})})};
  const auto out = write(asked);
  CHECK(at(out, "/messages/0/content").is_null());
  CHECK(at(out, "/messages/1/content") == "");
  CHECK(at(out, "/messages/2/role") == "user");
}

TEST_CASE("calls without an id get one, and their results the same", "[openai-chat]") {
  auto asked = foreign();
  auto first = result("", {text("1")});
  first.name = "g";
  auto second = result("", {text("2")});
  second.name = "f";
  asked.messages = {message(role::assistant, {call("", "f", "{}"), call("", "g", "{}")}),
                    message(role::user, {first, second})};
  const auto out = write(asked);
  CHECK(at(out, "/messages/0/tool_calls/1/id") == at(out, "/messages/1/tool_call_id"));
  CHECK(at(out, "/messages/0/tool_calls/0/id") == at(out, "/messages/2/tool_call_id"));
}

TEST_CASE("signatures go back to their issuer alone", "[openai-chat]") {
  auto asked = foreign();
  chat::part thought;
  thought.kind = part_kind::thinking;
  thought.text = "why";
  thought.signature = "s";
  thought.issuer = "anthropic-messages";
  chat::part secret = thought;
  secret.text.clear();
  secret.redacted = true;
  chat::part signed_call = call("a", "f", "{}");
  signed_call.signature = "g";
  signed_call.issuer = "gemini";
  asked.messages = {message(role::assistant, {thought, secret, signed_call})};

  auto out = write(asked);
  CHECK(at(out, "/messages/0/reasoning_content") == "why");
  CHECK_FALSE(at(out, "/messages/0").as_object().contains("reasoning_details"));
  CHECK_FALSE(at(out, "/messages/0/tool_calls/0").as_object().contains("extra_content"));
  CHECK(out.noted("signature"));

  out = write(asked, {.issuer = "gemini"});
  CHECK(at(out, "/messages/0/tool_calls/0/extra_content/google/thought_signature") == "g");

  out = write(asked, {.issuer = "anthropic-messages"});
  CHECK(same_json(at(out, "/messages/0/reasoning_details"),
                  json::parse(R"([{"type":"reasoning.text","text":"why","signature":"s"},
                                  {"type":"reasoning.encrypted","data":"s"}])")));
}

TEST_CASE("a marked signature finds its way home through an openai-chat client", "[openai-chat]") {
  const std::string mark = chat::with_issuer("gemini", "abc");
  const std::string body =
      R"({"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":")" +
      mark + R"("}}}]}]})";
  const auto parsed = openai_chat::the_codec().parse_request(body).value();
  CHECK(parsed.messages.at(0).parts.at(0).signature == "abc");
  CHECK(parsed.messages.at(0).parts.at(0).issuer == "gemini");
  auto out = write(parsed, {.issuer = "gemini"});
  CHECK(at(out, "/messages/0/tool_calls/0/extra_content/google/thought_signature") == "abc");
  out = write(parsed);
  CHECK_FALSE(at(out, "/messages/0/tool_calls/0").as_object().contains("extra_content"));
  CHECK(out.noted("signature"));
}

TEST_CASE("a call's signature comes back in the details, too", "[openai-chat]") {
  const auto asked = [](std::string_view data, std::string_view id) {
    return R"({"model":"m","messages":[{"role":"assistant","content":null,"reasoning_details":[)"
           R"({"type":"reasoning.text","text":"why","format":"unknown"},{"type":"reasoning.encrypted","data":")" +
           std::string(data) + R"(","id":")" + std::string(id) +
           R"("}],"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}]})";
  };
  const std::string mark = chat::with_issuer("gemini", "abc");
  auto parsed = openai_chat::the_codec().parse_request(asked(mark, "a")).value();
  REQUIRE(parsed.messages.at(0).parts.size() == 2);
  CHECK(parsed.messages.at(0).parts.at(0).text == "why");
  CHECK(parsed.messages.at(0).parts.at(1).signature == "abc");
  CHECK(parsed.messages.at(0).parts.at(1).issuer == "gemini");
  auto out = write(parsed);
  CHECK(at(out, "/messages/0/reasoning_details").as_array().size() == 1);
  CHECK(out.noted("signature"));

  // Another server's is nobody's but its own, and so is one of no call here.
  for (const auto& body : {asked("abc", "a"), asked(mark, "b")}) {
    parsed = openai_chat::the_codec().parse_request(body).value();
    REQUIRE(parsed.messages.at(0).parts.size() == 3);
    CHECK(parsed.messages.at(0).parts.at(1).redacted);
    CHECK(parsed.messages.at(0).parts.at(2).signature.empty());
  }
}

TEST_CASE("what openai-chat has no place for is said", "[openai-chat]") {
  auto asked = foreign();
  asked.top_k = 5;
  asked.extra["container"] = "c";
  asked.extra["my secret key"] = 1;
  auto cached = text("hi");
  cached.extra["cache_control"] = json::object{{"type", "ephemeral"}};
  auto failed = result("a", {text("no")});
  failed.failed = true;
  chat::part own;
  own.kind = part_kind::opaque;
  own.extra["type"] = "search_result";
  asked.messages = {message(role::user, {failed, cached, own})};
  chat::tool hosted;
  hosted.form = chat::tool_form::hosted;
  hosted.name = "web_search";
  asked.tools = {hosted};
  asked.choose = must_call({});
  const auto out = write(asked);
  for (const auto* each : {"top_k", "container", "cache_control", "failed", "a part of its dialect's own",
                           "hosted tool", "tool_choice", "a member of its dialect's own"}) {
    INFO(each);
    CHECK(out.noted(each));
  }
  CHECK_FALSE(out.noted("secret"));
  CHECK(json::serialize(out.body).find("cache_control") == std::string::npos);
  CHECK_FALSE(out.body.contains("tool_choice"));
}

TEST_CASE("a conversation's members get openai-chat's names", "[openai-chat]") {
  auto asked = foreign();
  asked.max_output = 100;
  asked.temperature = 1;
  asked.stop = {"x"};
  asked.stream = true;
  asked.think.emplace().enabled = true;
  asked.think->budget = 5000;
  chat::tool tool;
  tool.name = "f";
  asked.tools = {tool};
  asked.choose = must_call({"f"});
  asked.parallel_calls = false;
  asked.format.emplace().kind = chat::format_kind::json_schema;
  asked.format->schema = json::object{{"type", "object"}};
  chat::message system = message(role::system, {text("a"), text("b")});
  system.on_top = true;
  asked.messages = {system, message(role::user, {text("q")})};
  const auto out = write(asked, {.stream = true});
  CHECK(same_json(out.body, json::parse(R"({"model":"gpt",
    "messages":[{"role":"system","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"user","content":"q"}],
    "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}],
    "parallel_tool_calls":false,"tool_choice":{"type":"function","function":{"name":"f"}},
    "max_completion_tokens":100,"temperature":1,"stop":["x"],
    "response_format":{"type":"json_schema","json_schema":{"name":"response","schema":{"type":"object"}}},
    "reasoning_effort":"medium","stream":true,"stream_options":{"include_usage":true}})")));
}

TEST_CASE("the beginning of a history is written as it was before it grew", "[openai-chat]") {
  auto asked = foreign();
  asked.messages = {message(role::user, {text("q")}), message(role::assistant, {call("a", "f", "{}")}),
                    message(role::user, {result("a", {text("1")})})};
  const auto body = [&] {
    return openai_chat::the_codec().write_request(asked, {.model = "m"}).value().body;
  };
  const std::string before = body();
  asked.messages.push_back(message(role::assistant, {text("done")}));
  const std::string after = body();
  const std::string kept = before.substr(0, before.find("]}", before.find("\"tool\"")));
  CHECK(after.starts_with(kept));
}

TEST_CASE("the preset's fields come last, as they are", "[openai-chat]") {
  auto asked = foreign();
  asked.temperature = 0.5;
  const std::vector<config::body_field> set = {{"temperature", "0.25", {}}};
  const std::vector<config::body_field> defaults = {{"temperature", "9", {}}, {"x", "[1]", {}}};
  const auto out = write(asked, {.set = set, .defaults = defaults});
  CHECK(at(out, "/temperature") == 0.25);
  CHECK(at(out, "/x/0") == 1);
}

TEST_CASE("a file of another vendor's store cannot be said", "[openai-chat]") {
  auto asked = foreign();
  chat::part file;
  file.kind = part_kind::file;
  file.media.file_id = "file-1";
  asked.messages = {message(role::user, {file})};
  const auto written = openai_chat::the_codec().write_request(asked, {.model = "m"});
  REQUIRE(written.has_error());
  CHECK(written.error().kind == routes::error_kind::bad_request);
  CHECK(written.error().side == routes::error_side::internal);
}
