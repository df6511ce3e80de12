#include "providers/dialects/gemini/stream_reader.hpp"
#include "providers/dialects/gemini/answer_reader.hpp"
#include "providers/dialects/sse_reader.hpp"
#include "tests/unit/providers/dialects/padded.hpp"

#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>

using namespace nearfar;
using namespace nearfar::providers;
using chat::event_kind;

namespace {

// Each event as a line, so that its views need not live.
std::string line(const chat::answer_event& e) {
  switch (e.kind) {
    case event_kind::start:
      return fmt::format("start {} {}", e.id, e.name);
    case event_kind::text:
      return fmt::format("text{} {}", e.choice, e.text);
    case event_kind::thinking:
      return fmt::format("thinking {}", e.text);
    case event_kind::signature:
      return fmt::format("signature {} {}", e.issuer, e.text);
    case event_kind::tool_call:
      return fmt::format("call{} {} {}", e.index, e.name, e.id.starts_with("call_nf") ? "made" : e.id);
    case event_kind::tool_arguments:
      return fmt::format("arguments{} {}", e.index, e.text);
    case event_kind::media:
      return fmt::format("media {} {}", e.media->mime, e.media->data);
    case event_kind::annotation:
      return fmt::format("annotation {}", e.text);
    case event_kind::logprobs:
      return fmt::format("logprobs {}", e.text);
    case event_kind::finish:
      return fmt::format("finish{} {} {}", e.choice, static_cast<int>(e.why), e.native);
    case event_kind::usage:
      return fmt::format("usage {} {} {} {}", e.tokens->input, e.tokens->output, e.tokens->cached,
                         e.tokens->reasoning);
    case event_kind::error:
      return fmt::format("error {}", routes::to_string(e.failure->kind));
    case event_kind::end:
      return "end";
    default:
      return "other";
  }
}

std::vector<std::string> lines(std::initializer_list<std::string_view> chunks) {
  gemini::stream_reader reader;
  std::vector<std::string> out;
  std::vector<chat::answer_event> events;
  for (const auto chunk : chunks) {
    events.clear();
    sse_event event;
    event.data = chunk;
    if (!reader.read(event, events)) {
      CHECK(events.empty());
      out.emplace_back("bad");
      return out;
    }
    for (const auto& each : events) out.push_back(line(each));
  }
  events.clear();
  reader.close(events);
  for (const auto& each : events) out.push_back(line(each));
  return out;
}

using list = std::vector<std::string>;

std::string finish(chat::finish why, std::string_view native) {
  return fmt::format("finish0 {} {}", static_cast<int>(why), native);
}

}  // namespace

TEST_CASE("text and thoughts come as they are said, and the body's end is the stream's") {
  CHECK(
      lines(
          {R"({"candidates":[{"content":{"parts":[{"text":"hm","thought":true}],"role":"model"},"index":0}],
                 "responseId":"r1","modelVersion":"gemini-3-pro"})",
           R"({"candidates":[{"content":{"parts":[{"thought":false,"text":"He\u00e9"}]}}]})",
           R"({"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"c2ln"}]},"finishReason":"STOP"}]})"}) ==
      list{"start r1 gemini-3-pro", "thinking hm", "text0 He\xc3\xa9", "signature gemini c2ln",
           finish(chat::finish::stop, "STOP"), "end"});
}

TEST_CASE("calls count over the whole stream and end with tool_calls [trap11] [trap13]") {
  CHECK(
      lines(
          {R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a": 1}},"thoughtSignature":"s"},
                 {"functionCall":{"id":"own","name":"f"}}]},"finishReason":"STOP"}],"responseId":"r"})",
           R"({"candidates":[{"content":{"parts":[{"functionCall":{"args":{"b":"}"},"name":"g"}}]},"finishReason":"STOP"}]})"}) ==
      list{"start r ", "call0 f made", "arguments0 {\"a\": 1}", "signature gemini s", "call1 f own",
           "arguments1 {}", "call2 g made", "arguments2 {\"b\":\"}\"}",
           finish(chat::finish::tool_calls, "STOP"), "end"});
}

TEST_CASE("two equal calls have two ids, the same in every reading") {
  const auto ids = [] {
    gemini::stream_reader reader;
    std::vector<chat::answer_event> events;
    sse_event event;
    event.data =
        R"({"responseId":"r","candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}},{"functionCall":{"name":"f"}}]}}]})";
    REQUIRE(reader.read(event, events));
    std::vector<std::string> out;
    for (const auto& e : events) {
      if (e.kind == event_kind::tool_call) out.emplace_back(e.id);
    }
    return out;
  };
  const auto once = ids();
  REQUIRE(once.size() == 2);
  CHECK(once[0] != once[1]);
  CHECK(once == ids());
}

TEST_CASE("usage is cumulative and counts thoughts and tools in [trap23] [trap25]") {
  CHECK(
      lines(
          {R"({"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{"promptTokenCount":10}})",
           R"({"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":10,"toolUsePromptTokenCount":3,
                   "candidatesTokenCount":5,"thoughtsTokenCount":7,"cachedContentTokenCount":4,"totalTokenCount":25}})"}) ==
      list{"start  ", "text0 a", "usage 10 0 0 0", "usage 13 12 4 7", finish(chat::finish::stop, "STOP"),
           "end"});
}

TEST_CASE("a chunk without candidates is none that counts [trap34]") {
  CHECK(lines({R"({"usageMetadata":{"promptTokenCount":1}})", R"({"candidates":[]})",
               R"({"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"MAX_TOKENS"}]})"}) ==
        list{"start  ", "usage 1 0 0 0", "text0 x", finish(chat::finish::length, "MAX_TOKENS"), "end"});
}

TEST_CASE("without a reason to finish there is no end") {
  CHECK(lines({R"({"candidates":[{"content":{"parts":[{"text":"x"}]}}]})"}) == list{"start  ", "text0 x"});
}

TEST_CASE("a blocked prompt ends as filtered") {
  CHECK(lines({R"({"promptFeedback":{"blockReason":"SAFETY","safetyRatings":[{"a":1}]}})"}) ==
        list{"start  ", finish(chat::finish::content_filter, "SAFETY"), "end"});
}

TEST_CASE("an answer that the model broke is an error and no end") {
  for (const auto* word :
       {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE"}) {
    CHECK(lines({fmt::format(R"({{"candidates":[{{"finishReason":"{}"}}]}})", word)}) ==
          list{"start  ", "error server_error"});
  }
}

TEST_CASE("errors are found plain and in an array [trap28]") {
  CHECK(lines({R"({"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED"}})"}) ==
        list{"error rate_limited"});
  CHECK(lines({R"([{"error":{"code":503,"message":"x","status":"UNAVAILABLE"}}])", "{}"}) ==
        list{"error overloaded"});
}

TEST_CASE("several candidates keep apart, wherever their number stands") {
  CHECK(lines({R"({"candidates":[{"content":{"parts":[{"text":"a"}]},"index":1,"finishReason":"STOP"},
                 {"index":0,"finishReason":"SAFETY","content":{"parts":[{"text":"b"}]}}]})"}) ==
        list{"start  ", "text1 a", "text0 b", finish(chat::finish::content_filter, "SAFETY"),
             fmt::format("finish1 {} STOP", static_cast<int>(chat::finish::stop)), "end"});
}

TEST_CASE("media, code, sources and log probabilities have their events") {
  CHECK(
      lines({R"({"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"AA"}},
                 {"executableCode":{"language":"PYTHON","code":"1+1"}},{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"2\n"}}]},
                 "logprobsResult":{"chosenCandidates":[{"token":"x","logProbability":-1.5}],
                   "topCandidates":[{"candidates":[{"token":"y","logProbability":-2.5}]}]},
                 "groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://u","title":"t"}}]},"finishReason":"STOP"}]})"}) ==
      list{
          "start  ", "media image/png AA", "text0 \n```python\n1+1\n```\n", "text0 \n```\n2\n```\n",
          R"(logprobs {"content":[{"token":"x","logprob":-1.5E0,"bytes":null,"top_logprobs":[{"token":"y","logprob":-2.5E0,"bytes":null}]}]})",
          R"(annotation {"type":"url_citation","url_citation":{"start_index":0,"end_index":0,"url":"https://u","title":"t"}})",
          finish(chat::finish::stop, "STOP"), "end"});
}

TEST_CASE("what is malformed is bad and says nothing") {
  for (const auto* text :
       {"{", "[]", "3", R"({"candidates":[{"content":{"parts":[{"text":1}]}}]})",
        R"({"candidates":[{"content":{"parts":[{"text":"a"}]})", R"({"candidates":{}})",
        R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{]}}]}}]})"}) {
    INFO(text);
    CHECK(lines({text}) == list{"bad"});
  }
}

TEST_CASE("unknown members and comments are no events") {
  CHECK(
      lines(
          {R"({"automaticFunctionCallingHistory":[{"x":[1]}],"candidates":[{"new":{"a":null},"content":{"role":"model"}}]})"}) ==
      list{"start  "});
}

TEST_CASE("a whole answer is read with its parts") {
  const padded body(
      R"( {"candidates":[{"content":{"parts":[{"text":"t","thought":true},{"text":"a"},{"text":"b","thoughtSignature":"s"},
        {"functionCall":{"name":"f","args":{"x":1}},"thoughtSignature":"u"}],"role":"model"},"finishReason":"STOP"}],
        "usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2},"modelVersion":"m","responseId":"r"})");
  const auto got = gemini::read_answer(body);
  REQUIRE(got.has_value());
  CHECK(got->id == "r");
  CHECK(got->model == "m");
  REQUIRE(got->choices.size() == 1);
  const auto& parts = got->choices[0].parts;
  REQUIRE(parts.size() == 3);
  CHECK(parts[0].kind == chat::part_kind::thinking);
  CHECK(parts[1].text == "ab");
  CHECK(parts[1].signature == "s");
  CHECK(parts[2].text == R"({"x":1})");
  CHECK(parts[2].signature == "u");
  CHECK(got->choices[0].why == chat::finish::tool_calls);
  CHECK(got->tokens->output == 2);
}

TEST_CASE("what is no answer is an error of its kind") {
  const auto kind = [](std::string_view text) {
    const auto got = gemini::read_answer(padded(text));
    return got.has_error() ? got.error().kind : routes::error_kind::none;
  };
  CHECK(kind("<html>") == routes::error_kind::bad_answer);
  CHECK(kind("{}") == routes::error_kind::bad_answer);
  CHECK(kind(R"({"candidates":[{"finishReason":"STOP"}]})") == routes::error_kind::empty);
  CHECK(kind(R"({"candidates":[{"finishReason":"SAFETY"}]})") == routes::error_kind::none);
  CHECK(
      kind(
          R"({"candidates":[{"finishReason":"MAX_TOKENS"}],"usageMetadata":{"promptTokenCount":1,"thoughtsTokenCount":9}})") ==
      routes::error_kind::none);
  CHECK(kind(R"({"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]})") ==
        routes::error_kind::server_error);
  CHECK(
      kind(
          R"([{"error":{"code":400,"message":"API key not valid","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}])") ==
      routes::error_kind::auth);
}
