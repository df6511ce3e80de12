#include "providers/dialects/openai_responses/stream_reader.hpp"

#include "providers/dialects/openai_responses/stream_writer.hpp"
#include "tests/unit/providers/dialects/openai_responses/event_check.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace nearfar;
using namespace nearfar::providers;
using chat::event_kind;

namespace {

std::string kept(const chat::answer_event& event) {
  switch (event.kind) {
    case event_kind::start:
      return "start " + std::string(event.id) + " " + std::string(event.name);
    case event_kind::text:
      return "text " + std::string(event.text);
    case event_kind::refusal:
      return "refusal " + std::string(event.text);
    case event_kind::thinking:
      return "thinking " + std::string(event.text);
    case event_kind::signature:
      return "signature " + std::string(event.text) + " " + std::string(event.issuer) +
             (event.redacted ? " redacted" : "");
    case event_kind::tool_call:
      return "call " + std::to_string(event.index) + " " + std::string(event.id) + " " +
             std::string(event.name) + (event.form == chat::call_form::custom ? " custom" : "");
    case event_kind::tool_arguments:
      return "arguments " + std::to_string(event.index) + " " + std::string(event.text);
    case event_kind::media:
      return "media " + event.media->mime + " " + event.media->data;
    case event_kind::annotation:
      return "annotation " + std::string(event.text);
    case event_kind::logprobs:
      return "logprobs " + std::string(event.text);
    case event_kind::finish:
      return "finish " + std::to_string(static_cast<int>(event.why)) + " " + std::string(event.native);
    case event_kind::usage:
      return "usage " + std::to_string(event.tokens->input) + " " + std::to_string(event.tokens->output) +
             " " + std::to_string(event.tokens->cached) + " " + std::to_string(event.tokens->reasoning);
    case event_kind::error:
      return "error " + std::string(to_string(event.failure->kind));
    case event_kind::end:
      return "end";
    default:
      return "ping";
  }
}

std::vector<std::string> events_of(std::string_view text) {
  openai_responses::stream_reader reader;
  sse_reader events;
  events.push(text);
  std::vector<std::string> out;
  std::vector<chat::answer_event> made;
  sse_event event;
  while (true) {
    const auto more = events.next(event);
    REQUIRE(more.has_value());
    if (!*more) break;
    made.clear();
    INFO(event.data);
    REQUIRE(reader.read(event, made));
    for (const auto& each : made) out.push_back(kept(each));
  }
  made.clear();
  reader.close(made);
  CHECK(made.empty());
  return out;
}

// A stream of the events' data; the names are their types.
std::string stream_of(std::initializer_list<std::string_view> all) {
  std::string out;
  for (const std::string_view each : all) out.append("data: ").append(each).append("\n\n");
  return out;
}

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("llama-server's text stream is read, though it counts nothing") {
  CHECK(events_of(R"(event: response.created
data: {"type":"response.created","response":{"id":"resp_G","object":"response","status":"in_progress"}}

event: response.in_progress
data: {"type":"response.in_progress","response":{"id":"resp_G","object":"response","status":"in_progress"}}

event: response.output_item.added
data: {"type":"response.output_item.added","item":{"content":[],"id":"msg_A","role":"assistant","status":"in_progress","type":"message"}}

event: response.content_part.added
data: {"type":"response.content_part.added","item_id":"msg_A","part":{"type":"output_text","text":""}}

event: response.output_text.delta
data: {"type":"response.output_text.delta","item_id":"msg_A","delta":"1"}

event: response.output_text.delta
data: {"type":"response.output_text.delta","item_id":"msg_A","delta":"0 km"}

event: response.output_text.done
data: {"type":"response.output_text.done","item_id":"msg_A","text":"10 km"}

event: response.content_part.done
data: {"type":"response.content_part.done","item_id":"msg_A","part":{"type":"output_text","annotations":[],"logprobs":[],"text":"10 km"}}

event: response.output_item.done
data: {"type":"response.output_item.done","item":{"type":"message","status":"completed","id":"msg_A","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"10 km"}],"role":"assistant"}}

event: response.completed
data: {"type":"response.completed","response":{"id":"resp_G","object":"response","created_at":1795304053,"status":"completed","model":"tiny-glasses","output":[{"type":"message","status":"completed","id":"msg_A","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"10 km"}],"role":"assistant"}],"usage":{"input_tokens":17,"output_tokens":12,"total_tokens":29,"input_tokens_details":{"cached_tokens":16}}},"timings":{"cache_n":16}}

)") == list{"start resp_G ", "text 1", "text 0 km", "usage 17 12 16 0", "finish 1 completed", "end"});
}

TEST_CASE("llama-server's call comes in pieces without an arguments.done") {
  CHECK(
      events_of(stream_of(
          {R"({"type":"response.created","response":{"id":"resp_S"}})",
           R"({"type":"response.output_item.added","item":{"id":"fc_b","arguments":"","call_id":"call_b","name":"set_timer","type":"function_call","status":"in_progress"}})",
           R"({"type":"response.function_call_arguments.delta","delta":"{\"m\"","item_id":"fc_b"})",
           R"({"type":"response.function_call_arguments.delta","delta":":5}","item_id":"fc_b"})",
           R"({"type":"response.output_item.done","item":{"id":"fc_b","type":"function_call","status":"completed","arguments":"{\"m\":5}","call_id":"call_b","name":"set_timer"}})",
           R"({"type":"response.completed","response":{"id":"resp_S","usage":{"input_tokens":1,"output_tokens":2}}})"})) ==
      list{"start resp_S ", "call 0 call_b set_timer", "arguments 0 {\"m\"", "arguments 0 :5}",
           "usage 1 2 0 0", "finish 3 completed", "end"});
}

TEST_CASE("thoughts, their seal, custom calls, citations and probabilities are read") {
  CHECK(
      events_of(stream_of(
          {R"({"type":"response.created","response":{"id":"r","model":"gpt","created_at":5}})",
           R"({"type":"response.output_item.added","output_index":0,"item":{"id":"rs","type":"reasoning","summary":[]}})",
           R"({"type":"response.reasoning_summary_part.added","item_id":"rs","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}})",
           R"({"type":"response.reasoning_summary_text.delta","item_id":"rs","output_index":0,"summary_index":0,"delta":"hm","obfuscation":"xx"})",
           R"({"type":"response.reasoning_summary_part.added","item_id":"rs","output_index":0,"summary_index":1,"part":{"type":"summary_text","text":""}})",
           R"({"type":"response.reasoning_summary_text.delta","item_id":"rs","output_index":0,"summary_index":1,"delta":"ah"})",
           R"({"type":"response.output_item.done","output_index":0,"item":{"id":"rs","type":"reasoning","summary":[{"type":"summary_text","text":"hm"},{"type":"summary_text","text":"ah"}],"encrypted_content":"gAAA"}})",
           R"({"type":"response.output_text.delta","item_id":"m","output_index":1,"content_index":0,"delta":"hi","logprobs":[{"token":"hi","logprob":-1}]})",
           R"({"type":"response.output_text.annotation.added","item_id":"m","output_index":1,"annotation":{"type":"url_citation","url":"u"}})",
           R"({"type":"response.output_item.added","output_index":2,"item":{"id":"ct","type":"custom_tool_call","call_id":"c","name":"sh","input":""}})",
           R"({"type":"response.custom_tool_call_input.delta","item_id":"other","output_index":2,"delta":"ls"})",
           R"({"type":"response.custom_tool_call_input.done","item_id":"third","output_index":2,"input":"ls"})",
           R"({"type":"response.some_day.delta","output_index":2,"delta":"?"})",
           R"({"type":"response.incomplete","response":{"id":"r","incomplete_details":{"reason":"max_output_tokens"},"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":1},"output_tokens":8,"output_tokens_details":{"reasoning_tokens":7},"total_tokens":17}}})"})) ==
      list{"start r gpt", "thinking hm", "thinking \n\n", "thinking ah", "signature gAAA openai-responses",
           "text hi", R"(logprobs {"content":[{"token":"hi","logprob":-1}]})",
           R"(annotation {"type":"url_citation","url_citation":{"url":"u"}})", "call 0 c sh custom",
           "arguments 0 ls", "usage 9 8 1 7", "finish 2 max_output_tokens", "end"});
}

TEST_CASE("what only a done says is not lost [trap12]") {
  CHECK(
      events_of(stream_of(
          {R"({"type":"response.created","response":{"id":"r"}})",
           R"({"type":"response.output_item.done","output_index":0,"item":{"id":"rs","type":"reasoning","summary":[],"encrypted_content":"gAAA"}})",
           R"({"type":"response.output_item.done","output_index":1,"item":{"id":"m","type":"message","content":[{"type":"output_text","text":"whole"},{"type":"refusal","refusal":"no"}]}})",
           R"({"type":"response.output_item.done","output_index":2,"item":{"id":"f","type":"function_call","call_id":"c","name":"n","arguments":"{}"}})",
           R"({"type":"response.output_item.done","output_index":3,"item":{"id":"i","type":"image_generation_call","result":"AAAA"}})",
           R"({"type":"response.output_item.done","output_index":4,"item":{"id":"w","type":"web_search_call"}})",
           R"({"type":"response.completed","response":{"id":"r"}})"})) ==
      list{"start r ", "signature gAAA openai-responses redacted", "text whole", "refusal no", "call 0 c n",
           "arguments 0 {}", "media image/png AAAA", "finish 3 completed", "end"});
}

TEST_CASE("a failure in the stream is an error of its kind, and ends it [trap28]") {
  CHECK(
      events_of(stream_of(
          {R"({"type":"response.failed","response":{"id":"r","error":{"code":"context_length_exceeded","message":"x"}}})",
           R"({"type":"response.output_text.delta","item_id":"m","delta":"late"})"})) ==
      list{"error too_long"});
  CHECK(events_of(
            stream_of({R"({"type":"error","code":"rate_limit_exceeded","message":"slow","param":null})"})) ==
        list{"error rate_limited"});
  CHECK(events_of(
            stream_of({R"({"type":"error","error":{"type":"server_error","code":null,"message":"x"}})"})) ==
        list{"error server_error"});
}

TEST_CASE("comments and a [DONE] are no events [trap33]") {
  CHECK(events_of(
            ": keep\n\ndata:{\"type\":\"response.output_text.delta\",\"item_id\":\"m\",\"delta\":\"a\"}\n\n"
            "data: [DONE]\n\n") == list{"text a"});
}

TEST_CASE("what is no event of this dialect is malformed, and says nothing") {
  for (const std::string_view data : {"{", "[]", "7", R"({"type":"x"} {})", R"({"type":"\ud800"})"}) {
    openai_responses::stream_reader reader;
    std::vector<chat::answer_event> made;
    sse_event event;
    event.data = data;
    INFO(data);
    CHECK_FALSE(reader.read(event, made));
    CHECK(made.empty());
  }
}

TEST_CASE("what the writer writes the reader reads") {
  answer_terms terms;
  terms.model = "auto";
  terms.id = "01ABC";
  terms.issuer = "openai-responses";
  openai_responses::stream_writer writer(terms);
  const std::string first = stream_of(
      {R"({"type":"response.created","response":{"id":"resp_r"}})",
       R"({"type":"response.reasoning_summary_text.delta","item_id":"rs","output_index":0,"delta":"hm"})",
       R"({"type":"response.output_item.done","output_index":0,"item":{"id":"rs","type":"reasoning","summary":[{"text":"hm"}],"encrypted_content":"gAAA"}})",
       R"({"type":"response.output_text.delta","item_id":"m","output_index":1,"delta":"h\u00e9 \"\n"})",
       R"({"type":"response.refusal.delta","item_id":"m","output_index":1,"delta":"no"})",
       R"({"type":"response.output_item.added","output_index":2,"item":{"id":"f","type":"function_call","call_id":"c","name":"n","arguments":""}})",
       R"({"type":"response.function_call_arguments.delta","output_index":2,"delta":"{}"})",
       R"({"type":"response.output_item.added","output_index":3,"item":{"id":"g","type":"custom_tool_call","call_id":"d","name":"s","input":""}})",
       R"({"type":"response.custom_tool_call_input.delta","output_index":3,"delta":"ls"})",
       R"({"type":"response.completed","response":{"id":"resp_r","usage":{"input_tokens":1,"output_tokens":2}}})"});
  openai_responses::stream_reader reader;
  sse_reader events;
  events.push(first);
  std::string second;
  sse_event event;
  std::vector<chat::answer_event> made;
  while (*events.next(event)) {
    made.clear();
    REQUIRE(reader.read(event, made));
    for (const auto& each : made) writer.write(each, second);
  }
  openai_responses::event_check check;
  check.read(second);
  list wanted = events_of(first);
  wanted[0] = "start resp_r auto";
  CHECK(events_of(second) == wanted);
}
