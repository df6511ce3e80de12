// What an event of a stream costs without any socket: watched in its own dialect, and translated.
#include "providers/dialects/codec.hpp"
#include "providers/dialects/openai_chat/stream_observer.hpp"
#include "providers/dialects/sse_reader.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

namespace {

using namespace nearfar;
using config::dialect;

constexpr unsigned text_events = 240;
constexpr unsigned call_events = 40;
constexpr std::array<std::string_view, 6> words = {" The",    " tower",  " is \\\"very\\\" high,",
                                                   " größer", ".\\n\\n", " as one can see"};

std::string_view word(unsigned i) {
  return words.at(i % words.size());
}

struct stream {
  std::string bytes;
  std::int64_t events = 0;
};

// As api.openai.com sends them: text, then a call in small pieces, usage at the end.
stream chat_stream() {
  stream out;
  const auto add = [&](std::string_view delta, std::string_view finish) {
    out.bytes += fmt::format(
        R"(data: {{"id":"chatcmpl-C1aBcD2eFgH3","object":"chat.completion.chunk","created":1795000000,"model":"gpt-5.4-mini","service_tier":"default","system_fingerprint":"fp_0123456789","choices":[{{"index":0,"delta":{},"logprobs":null,"finish_reason":{}}}],"usage":null,"obfuscation":"x9Qk2"}})",
        delta, finish);
    out.bytes += "\n\n";
    ++out.events;
  };
  add(R"({"role":"assistant","content":"","refusal":null})", "null");
  for (unsigned i = 0; i < text_events; ++i) add(fmt::format(R"({{"content":"{}"}})", word(i)), "null");
  add(R"({"tool_calls":[{"index":0,"id":"call_Ab1","type":"function","function":{"name":"read_file","arguments":""}}]})",
      "null");
  for (unsigned i = 0; i < call_events; ++i) {
    const auto piece = i == 0 ? R"({\"n\":[0)" : i + 1 == call_events ? "]}" : ",1";
    add(fmt::format(R"({{"tool_calls":[{{"index":0,"function":{{"arguments":"{}"}}}}]}})", piece), "null");
  }
  add("{}", "\"tool_calls\"");
  out.bytes +=
      "data: "
      R"({"id":"chatcmpl-C1aBcD2eFgH3","object":"chat.completion.chunk","created":1795000000,"model":"gpt-5.4-mini","choices":[],"usage":{"prompt_tokens":1200,"completion_tokens":300,"total_tokens":1500,"prompt_tokens_details":{"cached_tokens":1024},"completion_tokens_details":{"reasoning_tokens":0}}})"
      "\n\ndata: [DONE]\n\n";
  out.events += 2;
  return out;
}

// As api.anthropic.com sends the same.
stream messages_stream() {
  stream out;
  const auto add = [&](std::string_view type, std::string_view rest) {
    out.bytes += fmt::format("event: {0}\ndata: {{\"type\":\"{0}\"{1}}}\n\n", type, rest);
    ++out.events;
  };
  add("message_start",
      R"(,"message":{"id":"msg_01AbCdEf","type":"message","role":"assistant","model":"claude-haiku-4-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":176,"cache_creation_input_tokens":0,"cache_read_input_tokens":1024,"output_tokens":1}})");
  add("content_block_start", R"(,"index":0,"content_block":{"type":"text","text":""})");
  add("ping", "");
  for (unsigned i = 0; i < text_events; ++i) {
    add("content_block_delta",
        fmt::format(R"(,"index":0,"delta":{{"type":"text_delta","text":"{}"}})", word(i)));
  }
  add("content_block_stop", R"(,"index":0)");
  add("content_block_start",
      R"(,"index":1,"content_block":{"type":"tool_use","id":"toolu_01Ab","name":"read_file","input":{}})");
  for (unsigned i = 0; i < call_events; ++i) {
    const auto piece = i == 0 ? R"({\"n\":[0)" : i + 1 == call_events ? "]}" : ",1";
    add("content_block_delta",
        fmt::format(R"(,"index":1,"delta":{{"type":"input_json_delta","partial_json":"{}"}})", piece));
  }
  add("content_block_stop", R"(,"index":1)");
  add("message_delta",
      R"(,"delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":300})");
  add("message_stop", "");
  return out;
}

void observe(benchmark::State& state) {
  const auto from = chat_stream();
  providers::sse_reader reader;
  providers::sse_event event;
  providers::openai_chat::stream_observer observer;
  for (auto _ : state) {
    observer.reset(1);
    reader.push(from.bytes);
    while (*reader.next(event)) benchmark::DoNotOptimize(observer.observe(event));
  }
  state.SetItemsProcessed(state.iterations() * from.events);
}
BENCHMARK(observe);

// Reader, events, writer: what the relay does between a read and a write.
void translate(benchmark::State& state, dialect source, dialect target) {
  const auto from = source == dialect::openai_chat ? chat_stream() : messages_stream();
  providers::sse_reader cutter;
  providers::sse_event event;
  std::vector<providers::chat::answer_event> events;
  std::string to;
  providers::answer_terms terms;
  terms.model = "auto";
  terms.id = "q-1";
  terms.now = 1'795'000'000;
  for (auto _ : state) {
    const auto reader = providers::codec_of(source)->make_stream_reader();
    const auto writer = providers::codec_of(target)->make_stream_writer(terms);
    cutter.push(from.bytes);
    std::size_t written = 0;
    while (*cutter.next(event)) {
      if (event.data == "[DONE]") continue;
      events.clear();
      to.clear();
      if (!reader->read(event, events)) return state.SkipWithError("an event was refused");
      for (const auto& each : events) writer->write(each, to);
      written += to.size();
    }
    if (written < text_events) return state.SkipWithError("too little was written");
  }
  state.SetItemsProcessed(state.iterations() * from.events);
}
BENCHMARK_CAPTURE(translate, messages_to_chat, dialect::anthropic_messages, dialect::openai_chat);
BENCHMARK_CAPTURE(translate, chat_to_messages, dialect::openai_chat, dialect::anthropic_messages);
BENCHMARK_CAPTURE(translate, chat_to_responses, dialect::openai_chat, dialect::openai_responses);

}  // namespace
