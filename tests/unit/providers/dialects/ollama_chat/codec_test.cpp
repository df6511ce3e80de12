#include "providers/dialects/ollama_chat/codec.hpp"
#include "tests/unit/providers/dialects/padded.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::chat;
namespace json = boost::json;

namespace {

const codec& ollama() {
  return *codec_of(config::dialect::ollama_chat);
}

part make(part_kind kind, std::string text) {
  part out;
  out.kind = kind;
  out.text = std::move(text);
  return out;
}

message turn(role who, std::vector<part> parts) {
  message out;
  out.who = who;
  out.parts = std::move(parts);
  return out;
}

written_request write(const chat_request& asked, std::span<const config::body_field> set = {},
                      std::span<const config::body_field> defaults = {}) {
  const auto out = ollama().write_request(
      asked, {.model = "qwen3", .stream = true, .issuer = "", .set = set, .defaults = defaults});
  REQUIRE(out.has_value());
  return *out;
}

bool noted(const written_request& out, std::string_view word) {
  return std::any_of(out.notes.begin(), out.notes.end(), [&](const auto& n) { return n.starts_with(word); });
}

std::vector<std::string> lines(std::initializer_list<std::string_view> texts) {
  const auto reader = ollama().make_stream_reader();
  std::vector<std::string> out;
  std::vector<answer_event> events;
  for (const auto text : texts) {
    events.clear();
    sse_event event;
    event.data = text;
    if (!reader->read(event, events)) return {"bad"};
    for (const auto& e : events) {
      std::string line = fmt::format("{}", static_cast<int>(e.kind));
      if (!e.name.empty()) line += fmt::format(" {}", e.name);
      if (!e.text.empty()) line += fmt::format(" {}", e.text);
      if (e.kind == event_kind::tool_call || e.kind == event_kind::tool_arguments) {
        line += fmt::format(" #{}", e.index);
      }
      if (e.kind == event_kind::finish) line += fmt::format(" {}", static_cast<int>(e.why));
      if (e.tokens) line += fmt::format(" {}/{}", e.tokens->input, e.tokens->output);
      if (e.failure) line += fmt::format(" {}", routes::to_string(e.failure->kind));
      out.push_back(std::move(line));
    }
  }
  events.clear();
  reader->close(events);
  if (!events.empty()) out.emplace_back("closed");
  return out;
}

std::string kind(event_kind k, std::string_view rest = {}) {
  return fmt::format("{}{}{}", static_cast<int>(k), rest.empty() ? "" : " ", rest);
}

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("a conversation is written as Ollama reads it [trap8] [trap9] [trap10] [trap12]") {
  auto call = make(part_kind::tool_call, R"({"a":1})");
  call.id = "c1";
  call.name = "f";
  auto result = make(part_kind::tool_result, "");
  result.id = "c1";
  result.content = {make(part_kind::text, "42")};
  auto image = make(part_kind::image, "");
  image.media.data = "AAAA";
  chat_request asked;
  asked.messages = {
      turn(role::developer, {make(part_kind::text, "s")}),
      turn(role::user, {make(part_kind::text, "a"), make(part_kind::text, "b"), image}),
      turn(role::assistant, {make(part_kind::thinking, "hm"), call}),
      turn(role::tool, {result}),
  };
  tool f;
  f.name = "f";
  f.parameters = json::object{{"type", "object"}};
  asked.tools = {f};
  asked.max_output = 9;
  asked.temperature = 0.5;
  asked.stop = {"x"};
  asked.format = response_format{};
  asked.format->kind = format_kind::json_schema;
  asked.format->schema = json::object{{"type", "string"}};
  asked.think = reasoning{};
  asked.think->effort = "medium";
  const std::vector<config::body_field> set{{"options", R"({"num_ctx":8192})", {}}};
  const std::vector<config::body_field> defaults{{"options", R"({"temperature":1})", {}},
                                                 {"keep_alive", "\"5m\"", {}}};
  const auto out = write(asked, set, defaults);
  CHECK(json::parse(out.body) == json::parse(R"({"model":"qwen3","stream":true,"messages":[
    {"role":"system","content":"s"},
    {"role":"user","content":"a\nb","images":["AAAA"]},
    {"role":"assistant","content":"","thinking":"hm","tool_calls":[{"id":"c1","function":{"name":"f","arguments":{"a":1}}}]},
    {"role":"tool","content":"42","tool_name":"f","tool_call_id":"c1"}],
    "tools":[{"type":"function","function":{"name":"f","description":"","parameters":{"type":"object"}}}],
    "format":{"type":"string"},"think":"medium","keep_alive":"5m",
    "options":{"num_predict":9,"temperature":0.5,"stop":["x"],"num_ctx":8192}})"));
  CHECK(out.notes.empty());
}

TEST_CASE("what Ollama cannot be told is told of, or refused [trap17]") {
  chat_request asked;
  asked.messages = {turn(role::user, {make(part_kind::text, "q")})};
  tool f;
  f.name = "f";
  tool g;
  g.name = "g";
  asked.tools = {f, g};
  asked.choose = tool_choice{};
  asked.choose->mode = choice_mode::required;
  asked.choices = 2;
  asked.parallel_calls = false;
  asked.user = "u";
  auto out = write(asked);
  for (const auto* word : {"tool_choice", "n:", "parallel_tool_calls", "user"}) CHECK(noted(out, word));
  asked.choose->mode = choice_mode::none;
  CHECK_FALSE(json::parse(write(asked).body).as_object().contains("tools"));
  asked.choose->mode = choice_mode::allowed;
  asked.choose->names = {"g"};
  CHECK(json::parse(write(asked).body).at("tools").as_array().size() == 1);

  auto image = make(part_kind::image, "");
  image.media.url = "https://x";
  for (const auto& each : {image, make(part_kind::audio, ""), make(part_kind::file, "")}) {
    asked.messages[0].parts = {each};
    const auto refused = ollama().write_request(asked, {.model = "m", .issuer = ""});
    REQUIRE(refused.has_error());
    CHECK(refused.error().kind == routes::error_kind::bad_request);
    CHECK(refused.error().side == routes::error_side::internal);
  }
}

TEST_CASE("effort is a word, or whether to think at all") {
  const auto think = [](std::string_view effort, std::optional<bool> enabled) {
    chat_request asked;
    asked.messages = {turn(role::user, {make(part_kind::text, "q")})};
    asked.think = reasoning{};
    asked.think->effort = effort;
    asked.think->enabled = enabled;
    const auto body = json::parse(write(asked).body).as_object();
    return body.contains("think") ? json::serialize(body.at("think")) : std::string{};
  };
  CHECK(think("none", {}) == "false");
  CHECK(think("", false) == "false");
  CHECK(think("", true) == "true");
  CHECK(think("minimal", {}) == "\"low\"");
  CHECK(think("high", {}) == "\"high\"");
  CHECK(think("xhigh", {}) == "\"max\"");
  CHECK(think("", {}).empty());
}

TEST_CASE("a stream of lines becomes events, and done ends it") {
  CHECK(
      lines(
          {R"({"model":"m","created_at":"t","message":{"role":"assistant","content":"","thinking":"hm"},"done":false})",
           R"({"model":"m","message":{"role":"assistant","content":"He\u00e9"},"done":false})",
           R"({"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":7,"eval_count":3})",
           R"({"after":"done"})"}) ==
      list{kind(event_kind::start, "m"), kind(event_kind::thinking, "hm"),
           kind(event_kind::text, "He\xc3\xa9"),
           kind(event_kind::finish, std::to_string(static_cast<int>(finish::stop))),
           kind(event_kind::usage, "7/3"), kind(event_kind::end)});
}

TEST_CASE("calls are counted as they come and promote the reason [trap11] [trap12] [trap13] [trap15]") {
  CHECK(
      lines(
          {R"({"message":{"tool_calls":[{"function":{"index":0,"name":"f","arguments":{"a": "}"}}},{"function":{"index":0,"name":"g","arguments":"{\"b\":1}"}}],"content":"x"}})",
           R"({"message":{"tool_calls":[{"id":"z","function":{"name":"h"}}]}})",
           R"({"done":true,"done_reason":"stop"})"}) ==
      list{kind(event_kind::start), kind(event_kind::text, "x"), kind(event_kind::tool_call, "f #0"),
           kind(event_kind::tool_arguments, "{\"a\": \"}\"} #0"), kind(event_kind::tool_call, "g #1"),
           kind(event_kind::tool_arguments, "{\"b\":1} #1"), kind(event_kind::tool_call, "h #2"),
           kind(event_kind::tool_arguments, "{} #2"),
           kind(event_kind::finish, std::to_string(static_cast<int>(finish::tool_calls))),
           kind(event_kind::usage, "0/0"), kind(event_kind::end)});
}

TEST_CASE("an error in the stream and a stream without done are told apart [trap28]") {
  CHECK(lines({R"({"message":{"content":"a"},"done":false})"}) ==
        list{kind(event_kind::start), kind(event_kind::text, "a")});
  const auto failed = lines({R"({"error":"model runner has unexpectedly stopped"})", R"({"done":true})"});
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].starts_with(kind(event_kind::error)));
  for (const auto* text : {"{", "[]", R"({"message":3})", R"({"message":{"content":1}})", "x"}) {
    CHECK(lines({text}) == list{"bad"});
  }
}

TEST_CASE("a whole answer is its one line") {
  const padded body(
      R"({"model":"m","message":{"role":"assistant","content":"hi","thinking":"t","tool_calls":[{"function":{"name":"f","arguments":{}}}]},"done":true,"done_reason":"length","eval_count":2})");
  const auto got = ollama().read_answer(body);
  REQUIRE(got.has_value());
  REQUIRE(got->choices.size() == 1);
  CHECK(got->choices[0].parts.size() == 3);
  CHECK(got->choices[0].parts[2].id.starts_with("call_"));
  CHECK(got->choices[0].why == finish::length);
  CHECK(got->tokens->output == 2);

  const auto kind_of = [](std::string_view text) { return ollama().read_answer(padded(text)).error().kind; };
  CHECK(kind_of("<html>") == routes::error_kind::bad_answer);
  CHECK(kind_of(R"({"message":{"content":"a"},"done":false})") == routes::error_kind::bad_answer);
  CHECK(kind_of(R"({"message":{"content":""},"done":true})") == routes::error_kind::empty);
}

TEST_CASE("Ollama is asked and never served") {
  CHECK(ollama().speaks() == config::dialect::ollama_chat);
  CHECK(ollama().streams_as() == framing::ndjson);
  CHECK(ollama().make_request_reader() == nullptr);
  CHECK(ollama().make_stream_writer({}) == nullptr);
  const auto refused = ollama().parse_request("{}");
  REQUIRE(refused.has_error());
  CHECK(refused.error().kind == routes::error_kind::internal);
}
