// What each vendor's server answers, in its own form, reaches a client of another dialect whole: thoughts,
// text, calls, counts and why it ended.
#include "tests/integration/preset_rows.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

namespace nearfar::tests {
namespace {

namespace json = boost::json;

// What a client of Anthropic's makes of an answer.
struct heard_message {
  std::string thoughts;
  std::string text;
  std::string call;
  std::string input;
  std::string stop_reason;
  std::int64_t fresh = 0;
  std::int64_t cached = 0;
  std::int64_t output = 0;
};

std::string string_at(const json::value& in, std::string_view pointer) {
  const auto* found = at_pointer(in, pointer);
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

void take_counts(const json::value& in, std::string_view under, heard_message& out) {
  const auto count = [&](std::string_view name, std::int64_t& to) {
    const auto* found = at_pointer(in, fmt::format("{}/{}", under, name));
    if (found != nullptr && found->is_number()) to = found->to_number<std::int64_t>();
  };
  count("input_tokens", out.fresh);
  count("cache_read_input_tokens", out.cached);
  count("output_tokens", out.output);
}

heard_message heard_whole(const http_answer& a) {
  heard_message out;
  const auto body = json::parse(a.body);
  for (const auto& block : body.at("content").as_array()) {
    out.thoughts += string_at(block, "/thinking");
    out.text += string_at(block, "/text");
    out.call += string_at(block, "/name");
    if (const auto* input = at_pointer(block, "/input")) out.input = json::serialize(*input);
  }
  out.stop_reason = string_at(body, "/stop_reason");
  take_counts(body, "/usage", out);
  return out;
}

heard_message heard_stream(const http_answer& a) {
  heard_message out;
  for (const auto& e : support::events_of(a.body)) {
    if (e.comment) continue;
    const auto body = json::parse(e.data);
    out.call += string_at(body, "/content_block/name");
    out.thoughts += string_at(body, "/delta/thinking");
    out.text += string_at(body, "/delta/text");
    out.input += string_at(body, "/delta/partial_json");
    const auto why = string_at(body, "/delta/stop_reason");
    if (!why.empty()) out.stop_reason = why;
    take_counts(body, "/usage", out);
  }
  return out;
}

heard_message ask_messages(const preset_gateway& all, std::string_view model, bool stream) {
  const auto a = all.ask(
      "/v1/messages",
      fmt::format(R"({{"model":"{}","max_tokens":4000,"stream":{},)"
                  R"("thinking":{{"type":"enabled","budget_tokens":2000}},)"
                  R"("tools":[{{"name":"look","input_schema":{{"type":"object","properties":{{}}}}}}],)"
                  R"("messages":[{{"role":"user","content":"How far is it?"}}]}})",
                  model, stream),
      {{"anthropic-version", "2023-06-01"}});
  INFO(a.status << " " << a.body);
  REQUIRE(a.status == 200);
  return stream ? heard_stream(a) : heard_whole(a);
}

behaviour thoughtful(std::string_view preset) {
  auto out = as_vendor(preset);
  out.reasoning = "It is far away.";
  out.text = "About 384400 km.";
  out.tool_calls = {{"a1b2c3d4e", "look", R"({"at":"moon"})"}};
  out.usage = support::scripted_usage{
      .prompt_tokens = 1'000, .completion_tokens = 50, .cached_tokens = 600, .reasoning_tokens = 20};
  return out;
}

struct counts {
  double input = 0;
  double output = 0;
  double cached = 0;
};

counts counted(const gateway_under_test& gw) {
  return {gw.metric("nearfar_input_tokens_total"), gw.metric("nearfar_output_tokens_total"),
          gw.metric("nearfar_cached_tokens_total")};
}

TEST_CASE("thoughts, text, calls and counts of every preset's server reach a client of Anthropic's") {
  preset_gateway all;
  for (const auto& row : preset_rows()) {
    all.vendor().set_default(thoughtful(row.preset));
    for (const bool stream : {false, true}) {
      INFO(row.preset << (stream ? " streamed" : " whole"));
      const auto got = ask_messages(all, row.preset, stream);
      CHECK(got.thoughts == "It is far away.");
      CHECK(got.text == "About 384400 km.");
      CHECK(got.call == "look");
      CHECK(got.input == R"({"at":"moon"})");
      CHECK(got.stop_reason == "tool_use");
      CHECK(got.fresh == 400);
      CHECK(got.cached == 600);
      CHECK(got.output == 50);
    }
  }
}

TEST_CASE("tokens are counted the same whatever form a vendor's usage has") {
  preset_gateway all;
  for (const auto& row : preset_rows()) {
    all.vendor().set_default(thoughtful(row.preset));
    for (const bool stream : {false, true}) {
      INFO(row.preset << (stream ? " streamed" : " whole"));
      const auto before = counted(all.gateway());
      const auto a = all.ask("/v1/chat/completions", stream ? chat_stream(row.preset) : chat(row.preset));
      INFO(a.body);
      CHECK(a.status == 200);
      CHECK(all.gateway().metric_reaches("nearfar_output_tokens_total", before.output + 1));
      const auto after = counted(all.gateway());
      CHECK(after.input - before.input == 1'000);
      CHECK(after.output - before.output == 50);
      CHECK(after.cached - before.cached == 600);
    }
  }
}

TEST_CASE("thoughts come to a chat client under reasoning_content where the target has another dialect") {
  preset_gateway all;
  for (const std::string_view preset : {"anthropic", "anthropic-compatible", "gemini"}) {
    INFO(preset);
    all.vendor().set_default(thoughtful(preset));
    const auto a = all.ask("/v1/chat/completions",
                           fmt::format(R"({{"model":"{}","reasoning_effort":"high","max_tokens":9000,)"
                                       R"("messages":[{{"role":"user","content":"How far is it?"}}]}})",
                                       preset));
    INFO(a.body);
    REQUIRE(a.status == 200);
    const auto body = json::parse(a.body);
    CHECK(string_at(body, "/choices/0/message/reasoning_content") == "It is far away.");
    CHECK(string_at(body, "/choices/0/message/content") == "About 384400 km.");
    CHECK(string_at(body, "/choices/0/message/tool_calls/0/function/arguments") == R"({"at":"moon"})");
    CHECK(string_at(body, "/choices/0/finish_reason") == "tool_calls");
    CHECK(body.at_pointer("/usage/prompt_tokens").to_number<int>() == 1'000);
    CHECK(body.at_pointer("/usage/prompt_tokens_details/cached_tokens").to_number<int>() == 600);
    CHECK(body.at_pointer("/usage/completion_tokens_details/reasoning_tokens").to_number<int>() == 20);
  }
}

TEST_CASE("thoughts in tags come out of MiniMax's text where its chat is translated") {
  preset_gateway all;
  for (const bool stream : {false, true}) {
    all.vendor().set_default(thoughtful("minimax"));
    const auto a =
        all.ask("/v1/responses",
                fmt::format(R"({{"model":"minimax","stream":{},"input":"How far is it?"}})", stream));
    INFO(a.body);
    REQUIRE(a.status == 200);
    CHECK(all.seen().head.target == "/v1/chat/completions");
    CHECK(a.body.find("<think>") == std::string::npos);
    CHECK(a.body.find("</think>") == std::string::npos);
    CHECK(a.body.find("It is far away.") != std::string::npos);
    CHECK(a.body.find("\"About 384400 km.\"") != std::string::npos);
  }
}

struct finish_word {
  std::string_view preset;
  std::string_view word;
  std::string_view stop_reason;
};

TEST_CASE("each vendor's own word for why it ended is one of the client's") {
  preset_gateway all;
  for (const auto& each :
       {finish_word{"together", "eos", "end_turn"}, finish_word{"mistral", "model_length", "max_tokens"},
        finish_word{"mistral", "stop", "end_turn"}, finish_word{"groq", "length", "max_tokens"},
        finish_word{"openai", "content_filter", "refusal"}, finish_word{"gemini", "stop", "end_turn"},
        finish_word{"qianfan", "content_filter", "refusal"}}) {
    auto ends = as_vendor(each.preset);
    ends.finish_reason = each.word;
    all.vendor().set_default(ends);
    for (const bool stream : {false, true}) {
      INFO(each.preset << " " << each.word << (stream ? " streamed" : " whole"));
      CHECK(ask_messages(all, each.preset, stream).stop_reason == each.stop_reason);
    }
  }
}

// Z.ai has Anthropic's API beside its chat: a client of another dialect is translated into the chat.
TEST_CASE("words of Z.ai's and DeepSeek's for why it ended reach a client of the Responses API") {
  preset_gateway all;
  const auto status_of = [&](std::string_view preset, std::string_view word) {
    auto ends = as_vendor(preset);
    ends.finish_reason = word;
    all.vendor().set_default(ends);
    const auto a =
        all.ask("/v1/responses", fmt::format(R"({{"model":"{}","input":"How far is it?"}})", preset));
    INFO(a.body);
    REQUIRE(a.status == 200);
    const auto body = json::parse(a.body);
    return string_at(body, "/status") + " " + string_at(body, "/incomplete_details/reason");
  };
  CHECK(status_of("zai", "stop") == "completed ");
  CHECK(status_of("zai", "sensitive") == "incomplete content_filter");
  CHECK(status_of("zai", "model_context_window_exceeded") == "incomplete max_output_tokens");
  CHECK(status_of("deepseek", "length") == "incomplete max_output_tokens");
}

}  // namespace
}  // namespace nearfar::tests
