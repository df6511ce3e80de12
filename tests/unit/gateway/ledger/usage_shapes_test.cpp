// What each vendor writes as usage is the same count here, and costs to the last digit what its price list
// says: cached tokens once, thoughts once, whether they are counted inside or beside.
#include "gateway/ledger/cost.hpp"
#include "providers/dialects/codec.hpp"
#include "providers/dialects/openai_chat/answer_reader.hpp"
#include "providers/dialects/openai_chat/stream_observer.hpp"
#include "providers/dialects/plain_json/answer_reader.hpp"
#include "tests/unit/providers/dialects/padded.hpp"

#include <catch2/catch_test_macros.hpp>

#include <initializer_list>
#include <string>
#include <vector>

using namespace nearfar;
using namespace nearfar::providers;
using config::dialect;
using gateway::cost_of;
using gateway::nano_usd;

namespace {

// 2, 8, 0.5 and 2.5 USD per million tokens are so many thousand-millionths of a USD a token.
constexpr nano_usd fresh = 2000;
constexpr nano_usd said = 8000;
constexpr nano_usd read_back = 500;
constexpr nano_usd written = 2500;
constexpr nano_usd written_for_an_hour = 2 * fresh;

config::token_prices prices() {
  config::token_prices out;
  out.input = 2;
  out.output = 8;
  out.cached = 0.5;
  out.cache_write = 2.5;
  return out;
}

usage whole(dialect d, std::string_view body, const config::quirks* of = nullptr) {
  const auto answer = codec_of(d)->read_answer(padded{body}, of);
  REQUIRE(answer.has_value());
  REQUIRE(answer->tokens);
  return *answer->tokens;
}

// As the gateway reads it where the bytes pass, and where they are translated: both must say the same.
usage chat_whole(std::string_view counts, bool beside = false) {
  const std::string body =
      R"({"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":)"
      R"({"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":)" +
      std::string(counts) + "}";
  config::quirks quirks;
  quirks.reasoning_beside = beside;
  const auto translated = whole(dialect::openai_chat, body, &quirks);
  const auto passed = openai_chat::read_answer(padded{body}, beside);
  REQUIRE(passed.has_value());
  REQUIRE(passed->tokens);
  CHECK(passed->tokens->input == translated.input);
  CHECK(passed->tokens->output == translated.output);
  CHECK(passed->tokens->cached == translated.cached);
  CHECK(passed->tokens->cache_write == translated.cache_write);
  return *passed->tokens;
}

struct event_text {
  std::string_view name;
  std::string_view data;
};

usage streamed(dialect d, std::initializer_list<event_text> events) {
  const auto reader = codec_of(d)->make_stream_reader();
  usage out;
  bool any = false;
  std::vector<chat::answer_event> got;
  const auto take = [&] {
    for (const auto& each : got) {
      if (each.kind != chat::event_kind::usage) continue;
      out = *each.tokens;
      any = true;
    }
    got.clear();
  };
  for (const auto& each : events) {
    sse_event event;
    event.name = each.name;
    event.data = each.data;
    INFO(each.data);
    REQUIRE(reader->read(event, got));
    take();
  }
  reader->close(got);
  take();
  REQUIRE(any);
  return out;
}

usage chat_streamed(std::initializer_list<std::string_view> chunks) {
  openai_chat::stream_observer passing;
  passing.reset(1);
  const auto reader = codec_of(dialect::openai_chat)->make_stream_reader();
  usage out;
  for (const auto data : chunks) {
    sse_event event;
    event.data = data;
    INFO(data);
    REQUIRE(passing.observe(event) != observed::bad);
    std::vector<chat::answer_event> got;
    REQUIRE(reader->read(event, got));
    for (const auto& each : got) {
      if (each.kind == chat::event_kind::usage) out = *each.tokens;
    }
  }
  REQUIRE(passing.tokens());
  CHECK(passing.tokens()->input == out.input);
  CHECK(passing.tokens()->output == out.output);
  CHECK(passing.tokens()->cached == out.cached);
  return *passing.tokens();
}

constexpr std::string_view text_chunk =
    R"({"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"hi"},"finish_reason":null}],"usage":null})";
constexpr std::string_view finish_chunk =
    R"({"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})";

std::string usage_chunk(std::string_view counts) {
  return R"({"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":)" +
         std::string(counts) + "}";
}

}  // namespace

// platform.openai.com/docs/api-reference/chat/object: prompt_tokens with cached ones, completion_tokens with
// reasoning.
TEST_CASE("OpenAI's chat completions count cached and reasoning tokens inside", "[P4]") {
  constexpr std::string_view counts =
      R"({"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":)"
      R"({"cached_tokens":40,"audio_tokens":10,"image_tokens":20},"completion_tokens_details":)"
      R"({"reasoning_tokens":30,"audio_tokens":5,"accepted_prediction_tokens":0}})";
  const auto check = [](const usage& got) {
    CHECK(got.input == 100);
    CHECK(got.output == 50);
    CHECK(got.cached == 40);
    CHECK(got.reasoning == 30);
    CHECK(got.image == 20);
    CHECK(got.audio == 10);
    CHECK(cost_of(prices(), got) == 60 * fresh + 40 * read_back + 50 * said);
  };
  check(chat_whole(counts));
  check(chat_streamed({text_chunk, finish_chunk, usage_chunk(counts)}));
}

// platform.openai.com/docs/api-reference/responses/object
TEST_CASE("OpenAI's Responses count cached and reasoning tokens inside", "[P4]") {
  const std::string response =
      R"({"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"m","output":[{"type":)"
      R"("message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text",)"
      R"("text":"hi","annotations":[]}]}],"usage":{"input_tokens":100,"input_tokens_details":)"
      R"({"cached_tokens":40},"output_tokens":50,"output_tokens_details":{"reasoning_tokens":30},)"
      R"("total_tokens":150}})";
  const auto check = [](const usage& got) {
    CHECK(got.input == 100);
    CHECK(got.cached == 40);
    CHECK(got.reasoning == 30);
    CHECK(cost_of(prices(), got) == 60 * fresh + 40 * read_back + 50 * said);
  };
  check(whole(dialect::openai_responses, response));
  const std::string completed =
      R"({"type":"response.completed","sequence_number":1,"response":)" + response + "}";
  check(streamed(dialect::openai_responses, {{"response.completed", completed}}));
}

// docs.anthropic.com/en/docs/build-with-claude/prompt-caching: input_tokens leave out what was read from the
// cache and written to it; an hour's write costs twice the input.
TEST_CASE("Anthropic counts cache reads and writes beside the input", "[P4]") {
  const auto check = [](const usage& got) {
    CHECK(got.input == 60);
    CHECK(got.cached == 30);
    CHECK(got.cache_write == 20);
    CHECK(got.cache_write_long == 8);
    CHECK(got.output == 25);
    CHECK(got.reasoning == 5);
    CHECK(cost_of(prices(), got) ==
          10 * fresh + 30 * read_back + 12 * written + 8 * written_for_an_hour + 25 * said);
  };
  check(whole(dialect::anthropic_messages,
              R"({"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text",)"
              R"("text":"hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":10,)"
              R"("cache_creation_input_tokens":20,"cache_read_input_tokens":30,"cache_creation":)"
              R"({"ephemeral_5m_input_tokens":12,"ephemeral_1h_input_tokens":8},"output_tokens":25,)"
              R"("output_tokens_details":{"thinking_tokens":5}}})"));
  // The delta's counts are cumulative; adding them to the start's would count twice.
  check(streamed(
      dialect::anthropic_messages,
      {{"message_start",
        R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":20,"cache_read_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":12,"ephemeral_1h_input_tokens":8},"output_tokens":1}}})"},
       {"content_block_start",
        R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"},
       {"content_block_delta",
        R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}})"},
       {"content_block_stop", R"({"type":"content_block_stop","index":0})"},
       {"message_delta",
        R"({"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":10,"cache_creation_input_tokens":20,"cache_read_input_tokens":30,"output_tokens":25,"output_tokens_details":{"thinking_tokens":5}}})"},
       {"message_stop", R"({"type":"message_stop"})"}}));
}

// ai.google.dev/api/generate-content#UsageMetadata: the prompt with what was cached, the candidates without
// thoughts, results of tools beside both.
TEST_CASE("Gemini counts cached tokens inside, thoughts and tools beside", "[P4]") {
  const std::string answer =
      R"({"candidates":[{"content":{"role":"model","parts":[{"text":"hi"}]},"finishReason":"STOP","index":0}],)"
      R"("usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":40,"candidatesTokenCount":20,)"
      R"("thoughtsTokenCount":30,"toolUsePromptTokenCount":10,"totalTokenCount":160,"promptTokensDetails":)"
      R"([{"modality":"TEXT","tokenCount":70},{"modality":"IMAGE","tokenCount":25},)"
      R"({"modality":"AUDIO","tokenCount":5}]},"modelVersion":"m"})";
  const auto check = [](const usage& got) {
    CHECK(got.input == 110);
    CHECK(got.output == 50);
    CHECK(got.cached == 40);
    CHECK(got.reasoning == 30);
    CHECK(got.image == 25);
    CHECK(got.audio == 5);
    CHECK(cost_of(prices(), got) == 70 * fresh + 40 * read_back + 50 * said);
  };
  check(whole(dialect::gemini, answer));
  // In most chunks, cumulative: the last counts.
  check(streamed(
      dialect::gemini,
      {{"",
        R"({"candidates":[{"content":{"role":"model","parts":[{"text":"h"}]},"index":0}],"usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":40,"candidatesTokenCount":3}})"},
       {"", answer}}));
}

// api-docs.deepseek.com/guides/kv_cache
TEST_CASE("DeepSeek tells hits and misses of the cache apart, both inside the prompt", "[P4]") {
  const auto got = chat_whole(
      R"({"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_cache_hit_tokens":64,)"
      R"("prompt_cache_miss_tokens":36,"completion_tokens_details":{"reasoning_tokens":30}})");
  CHECK(got.cached == 64);
  CHECK(got.reasoning == 30);
  CHECK(cost_of(prices(), got) == 36 * fresh + 64 * read_back + 50 * said);
}

// platform.moonshot.ai/docs/api/chat
TEST_CASE("Moonshot's cached tokens stand at the top, and its last chunk may say usage in the choice",
          "[P4]") {
  constexpr std::string_view counts =
      R"({"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"cached_tokens":40})";
  const auto cost = 60 * fresh + 40 * read_back + 50 * said;
  CHECK(cost_of(prices(), chat_whole(counts)) == cost);
  const std::string last =
      R"({"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},)"
      R"("finish_reason":"stop","usage":)" +
      std::string(counts) + "}]}";
  CHECK(cost_of(prices(), chat_streamed({text_chunk, last})) == cost);
}

// help.aliyun.com/zh/model-studio/context-cache
TEST_CASE("Qwen's explicit cache is written and read inside the prompt", "[P4]") {
  const auto got =
      chat_whole(R"({"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":)"
                 R"({"cached_tokens":40,"cache_creation_input_tokens":20,"cache_type":"ephemeral"}})");
  CHECK(got.cache_write == 20);
  CHECK(cost_of(prices(), got) == 40 * fresh + 40 * read_back + 20 * written + 50 * said);
}

// docs.x.ai/docs/guides/reasoning: completion_tokens leave reasoning out.
TEST_CASE("xAI counts reasoning beside the completion", "[P4]") {
  constexpr std::string_view counts =
      R"({"prompt_tokens":100,"completion_tokens":20,"total_tokens":150,"prompt_tokens_details":)"
      R"({"text_tokens":80,"audio_tokens":0,"image_tokens":20,"cached_tokens":40},"completion_tokens_details":)"
      R"({"reasoning_tokens":30,"audio_tokens":0}})";
  const auto cost = 60 * fresh + 40 * read_back + 50 * said;
  const auto got = chat_whole(counts, true);
  CHECK(got.output == 50);
  CHECK(got.image == 20);
  CHECK(cost_of(prices(), got) == cost);
  CHECK(cost_of(prices(), chat_streamed({text_chunk, finish_chunk, usage_chunk(counts)})) == cost);
}

// console.groq.com/docs/api-reference
TEST_CASE("Groq's stream says usage in a place of its own", "[P4]") {
  constexpr std::string_view last =
      R"({"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"req_1","usage":{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_time":0.01}}})";
  CHECK(cost_of(prices(), chat_streamed({text_chunk, last})) == 100 * fresh + 50 * said);
}

// docs.vllm.ai, stream_options.continuous_usage_stats
TEST_CASE("counts in every chunk are not added up", "[P4]") {
  const auto chunk = [](std::string_view counts) {
    return R"({"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,)"
           R"("delta":{"content":"a"}}],"usage":)" +
           std::string(counts) + "}";
  };
  const auto first = chunk(R"({"prompt_tokens":100,"completion_tokens":1,"total_tokens":101})");
  const auto second = chunk(R"({"prompt_tokens":100,"completion_tokens":2,"total_tokens":102})");
  CHECK(cost_of(prices(), chat_streamed({first, second, finish_chunk})) == 100 * fresh + 2 * said);
}

// openrouter.ai/docs/use-cases/usage-accounting
TEST_CASE("OpenRouter says the cost itself, its fee alone where the credential is the caller's own", "[P4]") {
  const auto own = chat_whole(
      R"({"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"cost":0.00054,"is_byok":false,)"
      R"("prompt_tokens_details":{"cached_tokens":40,"cache_write_tokens":10},"cost_details":)"
      R"({"upstream_inference_cost":null}})");
  REQUIRE(own.cost);
  CHECK(gateway::from_usd(*own.cost) == 540'000);
  CHECK(own.cache_write == 10);
  const auto byok = chat_whole(
      R"({"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"cost":0.000027,"is_byok":true,)"
      R"("cost_details":{"upstream_inference_cost":0.00054,"upstream_inference_prompt_cost":0.0001}})");
  REQUIRE(byok.cost);
  CHECK(gateway::from_usd(*byok.cost) == 567'000);
}

// docs.ollama.com/api/chat: no count of a prompt that the cache held as a whole.
TEST_CASE("Ollama counts what it evaluated", "[P4]") {
  const auto got = streamed(
      dialect::ollama_chat,
      {{"", R"({"model":"m","created_at":"t","message":{"role":"assistant","content":"hi"},"done":false})"},
       {"",
        R"({"model":"m","created_at":"t","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":5,"prompt_eval_count":100,"eval_count":50})"}});
  CHECK(cost_of(prices(), got) == 100 * fresh + 50 * said);
  const auto cached = whole(
      dialect::ollama_chat,
      R"({"model":"m","created_at":"t","message":{"role":"assistant","content":"hi"},"done":true,"done_reason":"stop","eval_count":50})");
  CHECK(cost_of(prices(), cached) == 50 * said);
}

// Captured from llama.cpp's server, build 11669: the same prompt for the second time.
TEST_CASE("llama.cpp's server tells what its slot still had", "[P4]") {
  const auto cost = 1 * fresh + 16 * read_back + 12 * said;
  const auto again = whole(
      dialect::openai_chat,
      R"({"choices":[{"finish_reason":"stop","index":0,"message":{"role":"assistant","content":"10 km is about 6.2 miles."}}],"created":1795304053,"model":"tiny-glasses","system_fingerprint":"b11669-Debian","object":"chat.completion","usage":{"completion_tokens":12,"prompt_tokens":17,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":16}},"id":"chatcmpl-DwscjmCA3647glg7xjwj7lpZ8XAN9qIm","timings":{"cache_n":16,"prompt_n":1,"prompt_ms":0.657,"predicted_n":12,"predicted_ms":6.496}})");
  CHECK(cost_of(prices(), again) == cost);
  const auto stream = chat_streamed(
      {R"({"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created":1795304053,"id":"chatcmpl-Z","model":"tiny-glasses","system_fingerprint":"b11669-Debian","object":"chat.completion.chunk"})",
       R"({"choices":[{"finish_reason":null,"index":0,"delta":{"content":"10 km"}}],"created":1795304053,"id":"chatcmpl-Z","model":"tiny-glasses","system_fingerprint":"b11669-Debian","object":"chat.completion.chunk"})",
       R"({"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"created":1795304053,"id":"chatcmpl-Z","model":"tiny-glasses","system_fingerprint":"b11669-Debian","object":"chat.completion.chunk"})",
       R"({"choices":[],"created":1795304053,"id":"chatcmpl-Z","model":"tiny-glasses","system_fingerprint":"b11669-Debian","object":"chat.completion.chunk","usage":{"completion_tokens":12,"prompt_tokens":17,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":16}},"timings":{"cache_n":16,"prompt_n":1,"prompt_ms":1.154,"predicted_n":12,"predicted_ms":7.145}})"});
  CHECK(cost_of(prices(), stream) == cost);
}

// platform.openai.com/docs/api-reference/embeddings/create
TEST_CASE("embeddings cost their input alone", "[P4]") {
  const auto got = plain_json::read_answer(padded{
      R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1]}],"model":"m","usage":{"prompt_tokens":100,"total_tokens":100}})"});
  REQUIRE(got.has_value());
  REQUIRE(got->tokens);
  CHECK(cost_of(prices(), *got->tokens) == 100 * fresh);
}
