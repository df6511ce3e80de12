#include "providers/dialects/gemini/path.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar::providers::gemini;

TEST_CASE("a path is taken apart into model and verb") {
  const auto plain = read_path("/v1beta/models/gemini-2.5-pro:generateContent");
  REQUIRE(plain);
  CHECK(plain->model == "gemini-2.5-pro");
  CHECK(plain->what == verb::generate_content);

  const auto slashed = read_path("/v1beta/models/qwen%2Fqwen3%3afree:streamGenerateContent");
  REQUIRE(slashed);
  CHECK(slashed->model == "qwen/qwen3:free");
  CHECK(slashed->what == verb::stream_generate_content);

  const auto own_colon = read_path("/v1/models/x:free");
  REQUIRE(own_colon);
  CHECK(own_colon->model == "x:free");
  CHECK(own_colon->what == verb::none);

  CHECK(read_path("/v1beta/models/a/b:countTokens")->model == "a/b");
  CHECK(read_path("/v1beta/models")->model.empty());
}

TEST_CASE("what is no path of the API is none") {
  CHECK_FALSE(read_path("/v1beta/files"));
  CHECK_FALSE(read_path("/v2/models/x:generateContent"));
  CHECK_FALSE(read_path("/v1beta/models/%zz:generateContent"));
  CHECK_FALSE(read_path("/v1beta/models/a%2"));
  CHECK_FALSE(read_path("/v1beta/models/:generateContent"));
}

TEST_CASE("events are asked for by alt=sse alone") {
  CHECK(asks_for_events("alt=sse"));
  CHECK(asks_for_events("key=k&alt=sse"));
  CHECK_FALSE(asks_for_events(""));
  CHECK_FALSE(asks_for_events("alt=json&salt=sse"));
}

TEST_CASE("a written path reads back as it was meant") {
  for (const auto* model : {"gemini-2.5-pro", "a/b", "x:free", "a b?c#d%e"}) {
    const auto path = "/v1beta/" + write_path(model, verb::stream_generate_content);
    CHECK(path.find_first_of(" ?#") == std::string::npos);
    const auto back = read_path(path);
    REQUIRE(back);
    CHECK(back->model == model);
    CHECK(back->what == verb::stream_generate_content);
  }
  CHECK(write_path("models/m", verb::none) == "models/m");
}
