#include "gateway/query_path.hpp"

#include <catch2/catch_test_macros.hpp>

using nearfar::config::dialect;
using namespace nearfar::gateway;

TEST_CASE("a path says which dialect the client speaks") {
  CHECK(query_path_of("/v1/chat/completions", "")->in == dialect::openai_chat);
  CHECK(query_path_of("/v1/messages", "beta=true")->in == dialect::anthropic_messages);
  CHECK(query_path_of("/v1/messages/count_tokens", "")->verb == query_verb::count_tokens);
  CHECK(query_path_of("/v1/responses", "")->in == dialect::openai_responses);
  CHECK(query_path_of("/api/v1/messages", "")->in == dialect::anthropic_messages);
  CHECK(query_path_of("/v1/audio/speech", "")->in == dialect::audio_speech);
  CHECK_FALSE(query_path_of("/api/v1/audio/speech", ""));
  CHECK_FALSE(query_path_of("/v1/chat/completions/", ""));
  CHECK_FALSE(query_path_of("/v1/models", ""));
  CHECK_FALSE(query_path_of("/", ""));
}

TEST_CASE("Gemini's paths name model and verb") {
  const auto whole = query_path_of("/v1beta/models/qwen/qwen3:free:generateContent", "");
  REQUIRE(whole);
  CHECK(whole->in == dialect::gemini);
  CHECK(whole->model == "qwen/qwen3:free");
  CHECK(whole->stream == false);
  const auto events = query_path_of("/v1/models/m:streamGenerateContent", "key=x&alt=sse");
  REQUIRE(events);
  CHECK(events->stream == true);
  CHECK_FALSE(events->as_array);
  CHECK(query_path_of("/v1beta/models/m:streamGenerateContent", "")->as_array);
  CHECK(query_path_of("/v1beta/models/m:countTokens", "")->verb == query_verb::count_tokens);
  CHECK_FALSE(query_path_of("/v1beta/models/m", ""));
  CHECK_FALSE(query_path_of("/v1beta/models/:generateContent", ""));
  CHECK_FALSE(query_path_of("/v1beta/models/m:embedContent", ""));
}

TEST_CASE("percent signs are read and written") {
  CHECK(percent_decoded("a%2Fb%20c") == "a/b c");
  CHECK_FALSE(percent_decoded("a%2"));
  CHECK_FALSE(percent_decoded("%zz"));
  CHECK(percent_encoded("qwen/qwen3:free é") == "qwen/qwen3%3Afree%20%C3%A9");
}
