#include "providers/dialects/openai_chat/stream_observer.hpp"

#include "providers/dialects/openai_chat/error_writer.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::openai_chat;

namespace {

// Data in a block of exactly its size, so that a sanitizer sees any read beyond it.
event_kind watch(openai_chat::stream_observer& watcher, std::string_view data, std::string_view name = "") {
  const auto exact = std::make_unique<char[]>(data.size() + 1);
  std::memcpy(exact.get(), data.data(), data.size());
  sse_event event;
  event.data = {exact.get(), data.size()};
  event.name = name;
  return watcher.observe(event);
}

std::string delta(std::string_view inside, std::string_view rest = "") {
  return R"({"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":)" +
         std::string{inside} + R"(,"finish_reason":null}])" + std::string{rest} + "}";
}

std::string finish(int index, std::string_view reason) {
  return R"({"choices":[{"index":)" + std::to_string(index) + R"(,"delta":{},"finish_reason":")" +
         std::string{reason} + "\"}]}";
}

}  // namespace

TEST_CASE("deltas without anything to see are nothing") {
  openai_chat::stream_observer watcher;
  const auto text =
      GENERATE(as<std::string>{}, delta(R"({"role":"assistant","content":""})"),
               delta(R"({"role":"assistant","content":"","refusal":null})"),
               delta(R"({"role":"assistant","content":null})"), delta("{}"), delta("null"),
               delta(R"({"content":"","tool_calls":[],"function_call":null,"audio":{}})"),
               delta(R"({"reasoning":"","reasoning_content":null,"reasoning_details":[ ]})"),
               R"({"choices":[]})", R"({"choices":null})", R"({"id":"x","object":"chat.completion.chunk"})",
               R"({"choices":[],"prompt_filter_results":[{"prompt_index":0}],"id":"","model":""})",
               R"({"choices":[{"index":0,"finish_reason":null,"content_filter_offsets":{"start":1}}]})",
               delta(R"({"obfuscation":"xyz"})", R"(,"obfuscation":"aaaa","usage":null)"), " ");
  INFO(text);
  CHECK(watch(watcher, text) == event_kind::nothing);
  CHECK_FALSE(watcher.any_content());
  CHECK(watcher.content_events() == 0);
}

TEST_CASE("whatever a client would see is a content token") {
  openai_chat::stream_observer watcher;
  const auto text = GENERATE(
      as<std::string>{}, delta(R"({"role":"assistant","content":"a"})"), delta(R"({"content":" "})"),
      delta(R"({"refusal":"no"})"), delta(R"({"reasoning":"hm"})"), delta(R"({"reasoning_content":"hm"})"),
      delta(R"({"reasoning_details":[{"type":"reasoning.text","text":"hm"}]})"),
      delta(
          R"({"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""}}]})"),
      delta(R"({"function_call":{"name":"f"}})"), delta(R"({"audio":{"id":"a"}})"),
      delta(R"({"images":[{"image_url":{}}]})"), delta(R"({"content":[{"type":"text","text":"x"}]})"),
      R"({"choices":[{"delta":{"content":"a"}}]})");
  INFO(text);
  CHECK(watch(watcher, text) == event_kind::content);
  CHECK(watcher.any_content());
  CHECK(watcher.content_events() == 1);
  CHECK_FALSE(watcher.finished());
}

TEST_CASE("tool calls and reasoning are told apart") {
  openai_chat::stream_observer watcher;
  watch(watcher, delta(R"({"content":"a"})"));
  CHECK_FALSE(watcher.reasoning());
  CHECK_FALSE(watcher.tool_calls());
  watch(watcher, delta(R"({"content":[{"type":"text","text":"x"}]})"));
  CHECK_FALSE(watcher.reasoning());
  watch(watcher, delta(R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"x"}]}]})"));
  CHECK(watcher.reasoning());
  watch(watcher, delta(R"({"tool_calls":[{"index":0}]})"));
  CHECK(watcher.tool_calls());
  watcher.reset(1);
  CHECK_FALSE(watcher.reasoning());
  CHECK_FALSE(watcher.tool_calls());
  CHECK_FALSE(watcher.any_content());
}

TEST_CASE("a stream runs from its head to its end") {
  openai_chat::stream_observer watcher;
  CHECK(watch(watcher, delta(R"({"role":"assistant","content":""})")) == event_kind::nothing);
  CHECK(watcher.id() == "c1");
  CHECK(watcher.created() == 7);
  CHECK(watcher.model() == "m");
  CHECK(watch(watcher,
              R"({"id":"c2","model":"z","created":8,"choices":[{"index":0,"delta":{"content":"a"}}]})") ==
        event_kind::content);
  CHECK(watcher.id() == "c1");
  CHECK(watcher.model() == "m");
  CHECK(watch(watcher, finish(0, "stop")) == event_kind::finish);
  CHECK(watcher.finished());
  CHECK(watcher.finish_reason() == "stop");
  CHECK(watch(watcher, R"({"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}})") ==
        event_kind::usage_only);
  CHECK(watcher.tokens()->input == 5);
  CHECK(watcher.tokens()->output == 2);
  CHECK(watch(watcher, "[DONE]") == event_kind::done);
  CHECK(watch(watcher, delta(R"({"content":"late"})")) == event_kind::nothing);
  CHECK(watch(watcher, "garbage") == event_kind::nothing);
  CHECK(watcher.content_events() == 1);
}

TEST_CASE("the last of several choices finishes the answer") {
  openai_chat::stream_observer watcher;
  watcher.reset(3);
  CHECK(watch(watcher, finish(1, "stop")) == event_kind::nothing);
  CHECK(watch(watcher, finish(1, "stop")) == event_kind::nothing);
  CHECK(watch(watcher, finish(7, "stop")) == event_kind::nothing);
  CHECK(watch(watcher, finish(0, "stop")) == event_kind::nothing);
  CHECK_FALSE(watcher.finished());
  CHECK(watch(watcher, R"({"choices":[{"index":2,"delta":{"content":"end"},"finish_reason":"length"}]})") ==
        event_kind::finish);
  CHECK(watcher.finished());
  CHECK(watcher.any_content());
  CHECK(watcher.finish_reason() == "length");
}

TEST_CASE("usage is taken wherever it stands, and the last wins") {
  openai_chat::stream_observer watcher;
  CHECK(
      watch(watcher, delta(R"({"content":"a"})", R"(,"usage":{"prompt_tokens":9,"completion_tokens":1})")) ==
      event_kind::content);
  CHECK(watcher.tokens()->output == 1);
  watch(watcher, delta(R"({"content":"b"})", R"(,"usage":null)"));
  CHECK(watcher.tokens()->output == 1);
  watch(watcher, delta("{}", R"(,"x_groq":{"id":"r","usage":{"prompt_tokens":9,"completion_tokens":2}})"));
  CHECK(watcher.tokens()->output == 2);
  watch(
      watcher,
      R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":9,"completion_tokens":3}}]})");
  CHECK(watcher.tokens()->output == 3);
  watch(
      watcher,
      R"({"usage":{"prompt_tokens":9.0,"completion_tokens":4,"total_tokens":13,"cost":0.00012,)"
      R"("prompt_tokens_details":{"cached_tokens":8,"cache_write_tokens":1},"completion_tokens_details":{"reasoning_tokens":2}}})");
  CHECK(watcher.tokens()->input == 9);
  CHECK(watcher.tokens()->output == 4);
  CHECK(watcher.tokens()->cached == 8);
  CHECK(watcher.tokens()->cache_write == 1);
  CHECK(watcher.tokens()->reasoning == 2);
  CHECK(watcher.tokens()->cost == 0.00012);
}

TEST_CASE("vendors' own names of counts are understood") {
  const auto tokens = [](std::string_view inside) {
    openai_chat::stream_observer watcher;
    watch(watcher, R"({"choices":[],"usage":)" + std::string{inside} + "}");
    REQUIRE(watcher.tokens());
    return *watcher.tokens();
  };
  CHECK(tokens(R"({"prompt_tokens":9,"completion_tokens":1,"prompt_cache_hit_tokens":4})").cached ==
        4);                                                                                     // DeepSeek
  CHECK(tokens(R"({"prompt_tokens":9,"completion_tokens":1,"cached_tokens":3})").cached == 3);  // Kimi
  // xAI counts reasoning beside completion_tokens
  CHECK(
      tokens(
          R"({"prompt_tokens":9,"completion_tokens":1,"total_tokens":15,"completion_tokens_details":{"reasoning_tokens":5}})")
          .output == 6);
  CHECK(
      tokens(
          R"({"prompt_tokens":9,"completion_tokens":6,"total_tokens":15,"completion_tokens_details":{"reasoning_tokens":5}})")
          .output == 6);
  CHECK(tokens(R"({"prompt_tokens":-9,"completion_tokens":6})").input == 0);
}

TEST_CASE("an error object in any vendor's shape is an error event") {
  openai_chat::stream_observer watcher;
  struct row {
    const char* data;
    routes::error_kind kind;
  };
  using kind = routes::error_kind;
  const auto each = GENERATE(
      row{R"({"error":{"message":"x","type":"server_error","param":null,"code":null}})", kind::server_error},
      row{R"({"id":"g","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"error":{"code":502,"message":"x"}})",
          kind::server_error},
      row{R"({"error":{"code":429,"message":"x","metadata":{"error_type":"rate_limit_exceeded"}}})",
          kind::rate_limited},
      row{R"({"error":{"code":503,"message":"x","type":"overloaded_error"}})", kind::overloaded},
      row{R"({"error":"model requires more memory"})", kind::server_error},
      row{R"({"code":"x","error":"boom"})", kind::server_error},
      row{R"([{"error":{"code":503,"message":"x","status":"UNAVAILABLE"}}])", kind::overloaded},
      row{R"({"object":"error","message":"This model's maximum context length is 10 tokens","type":"BadRequestError","code":400})",
          kind::too_long},
      row{R"({"base_resp":{"status_code":1002,"status_msg":"rate limit"},"choices":null})",
          kind::rate_limited},
      row{R"({"choices":[{"index":0,"delta":{},"finish_reason":"error"}]})", kind::server_error},
      row{R"({"x_groq":{"id":"r","error":"over"},"choices":[]})", kind::server_error});
  INFO(each.data);
  CHECK(watch(watcher, each.data) == event_kind::error);
  REQUIRE(watcher.last_error());
  CHECK(routes::to_string(watcher.last_error()->kind) == routes::to_string(each.kind));
}

TEST_CASE("a status field that says all is well is no error") {
  openai_chat::stream_observer watcher;
  CHECK(
      watch(
          watcher,
          R"({"choices":[{"index":0,"delta":{"content":"a"}}],"error":null,"base_resp":{"status_code":0,"status_msg":""}})") ==
      event_kind::content);
  CHECK_FALSE(watcher.last_error());
}

TEST_CASE("an event named error is an error whatever it holds") {
  openai_chat::stream_observer watcher;
  CHECK(watch(watcher, R"({"message":"boom"})", "error") == event_kind::error);
  CHECK(watch(watcher, "boom", "error") == event_kind::error);
}

TEST_CASE("what is no chunk is bad") {
  openai_chat::stream_observer watcher;
  const auto text = GENERATE(
      as<std::string>{}, "garbage", "{", "[]", "1", "\"x\"", "null", "{\"choices\":{}}", "{\"choices\":[1]}",
      "{\"choices\":[{\"delta\":7}]}", "{\"choices\":[{\"delta\":{\"content\":\"a\"}]}", "{\"choices\":[]} x",
      "{\"choices\":[{\"index\":\"a\"}]}", "[DONE", "{\"choices\":[{\"delta\":{}}}", "{\"a\":\"\xff\"}");
  INFO(text);
  CHECK(watch(watcher, text) == event_kind::bad);
  CHECK(watch(watcher, delta(R"({"content":"a"})")) == event_kind::content);
}

TEST_CASE("our own error event is an error to the observer", "[P2]") {
  sse_reader reader;
  const std::string text = error_event("c1", 7, "m", "upstream_broken", "the \"answer\" broke\n");
  reader.push(text);
  sse_event event;
  REQUIRE(*reader.next(event));
  openai_chat::stream_observer watcher;
  CHECK(watcher.observe(event) == event_kind::error);
  CHECK(watcher.id() == "c1");
  CHECK(watcher.finish_reason() == "error");
  CHECK_FALSE(*reader.next(event));
}

TEST_CASE("the text of an answer is kept when somebody wants it", "[P2]") {
  openai_chat::stream_observer watcher;
  watch(watcher, delta(R"({"content":"lost"})"));
  CHECK(watcher.text().empty());
  watcher.reset(1);
  watcher.keep_text();
  watch(watcher, delta(R"({"role":"assistant","content":""})"));
  watch(watcher, delta(R"({"content":"caf\u00e9 \"\ud83d\udc4d\""})"));
  watch(watcher, delta(R"({"content":[{"type":"text","text":" and"}]})"));
  watch(watcher, delta(R"({"content":"\n"})"));
  // What is skipped, or fails, has not been said.
  CHECK(watch(watcher, R"({"choices":[{"delta":{"content":"half)") == event_kind::bad);
  CHECK(watch(watcher, R"({"choices":[{"delta":{"content":"no"}}],"error":{"code":502}})") ==
        event_kind::error);
  CHECK(watcher.text() == "caf\xc3\xa9 \"\xf0\x9f\x91\x8d\" and\n");
  CHECK(watcher.shown().text == watcher.text());
  CHECK_FALSE(handover::why_not_continuable({}, watcher.shown()));
  watcher.reset(1);
  CHECK(watcher.text().empty());
}

TEST_CASE("what bears on continuing an answer is told from its events", "[P2]") {
  using enum handover::obstacle;
  openai_chat::stream_observer watcher;
  watcher.keep_text();
  const auto after = [&](std::string_view data) {
    watch(watcher, data);
    return handover::why_not_continuable({}, watcher.shown());
  };
  SECTION("a tool call") {
    CHECK(after(delta(R"({"tool_calls":[{"index":0,"function":{"name":"f"}}]})")) == tool_call);
    CHECK(after(delta(R"({"content":"a"})")) == tool_call);
  }
  SECTION("reasoning, until text comes") {
    CHECK(after(delta(R"({"reasoning_content":"hm"})")) == reasoning);
    CHECK(after(delta(R"({"reasoning_content":""})")) == reasoning);
    CHECK_FALSE(after(delta(R"({"content":"a"})")));
    CHECK(after(delta(R"({"reasoning":"hm"})")) == reasoning);
  }
  SECTION("Mistral's reasoning") {
    CHECK(after(delta(R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]})")) ==
          reasoning);
    CHECK(watcher.text().empty());
  }
  SECTION("a refusal") {
    CHECK(after(delta(R"({"refusal":"No"})")) == refusal);
  }
  SECTION("sound and images") {
    CHECK(after(delta(R"({"audio":{"data":"AAAA"}})")) == audio);
    watcher.reset(1);
    CHECK(after(delta(R"({"images":[{"image_url":{}}]})")) == audio);
  }
  SECTION("citations") {
    CHECK_FALSE(after(delta(R"({"content":"a","annotations":[]})")));
    CHECK(after(delta(R"({"content":"a","annotations":[{"type":"url_citation"}]})")) == citations);
    watcher.reset(1);
    CHECK(after(delta(R"({"content":"a"})", R"(,"citations":["https://example.com"])")) == citations);
  }
  SECTION("log probabilities") {
    CHECK_FALSE(after(R"({"choices":[{"delta":{"content":"a"},"logprobs":null}]})"));
    CHECK(after(R"({"choices":[{"delta":{"content":"a"},"logprobs":{"content":[]}}]})") == logprobs);
  }
  SECTION("half a surrogate pair, which has no UTF-8") {
    CHECK(after(delta(R"({"content":"\ud83d"})")) == text_unknown);
  }
}
