#include "providers/dialects/openai_completions/request_reader.hpp"

#include "providers/dialects/openai_embeddings/request_reader.hpp"
#include "tests/unit/providers/dialects/padded.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar;
using namespace nearfar::providers;

namespace {

template <class Reader>
routes::result<void> read(std::string_view text, request_view& view) {
  Reader reader;
  const padded bytes{text};
  auto done = reader.read(bytes, view);
  if (!done.has_error()) CHECK(view.facts.body_bytes == text.size());
  return done;
}

using completions = openai_completions::request_reader;
using embeddings = openai_embeddings::request_reader;

}  // namespace

TEST_CASE("a completion's facts are read", "[openai-completions]") {
  request_view view;
  REQUIRE(
      read<completions>(
          R"({"model":"m\"1","prompt":["abcdefgh","abcd"],"stream":true,"max_tokens":7,"n":2,"stream_options":{"include_usage":true}, "stop":["x"]})",
          view)
          .has_value());
  CHECK(view.model_text == "m\"1");
  CHECK(view.facts.stream);
  CHECK(view.facts.include_usage);
  CHECK(view.facts.output_tokens == 7);
  CHECK(view.facts.choices == 2);
  CHECK(view.facts.input_tokens == 3);
  CHECK(view.members.size() == 7);
  CHECK(view.stream_options.length == 22);
  REQUIRE(read<completions>(R"({"prompt":[[1,2],[3]],"model":"m"})", view).has_value());
  CHECK(view.facts.input_tokens == 3);
  CHECK(view.facts.output_tokens == 16);
}

TEST_CASE("a completion that is none is refused", "[openai-completions]") {
  request_view view;
  for (const std::string_view each :
       {"", "[]", "{", R"({"prompt":"x"})", R"({"model":"m","prompt":{}})", R"({"model":"m","prompt":5})",
        R"({"model":"m","stream":1})", R"({"model":"m","model":"m"})", R"({"model":"m","x":[}]})",
        R"({"model":"m"} x)", R"({"model":"m","n":0})", R"({"model":""})"}) {
    INFO(each);
    const auto refused = read<completions>(each, view);
    REQUIRE(refused.has_error());
    CHECK(refused.error().kind == routes::error_kind::bad_request);
    CHECK(refused.error().side == routes::error_side::downstream);
    CHECK_FALSE(refused.error().context.empty());
  }
}

TEST_CASE("an embedding's facts are read", "[openai-embeddings]") {
  request_view view;
  REQUIRE(
      read<embeddings>(R"({"model":"m","input":["abcd","\u4f60\u597d"],"encoding_format":"base64"})", view)
          .has_value());
  CHECK(view.facts.input_tokens == 3);
  CHECK_FALSE(view.facts.json);
  CHECK_FALSE(view.facts.tools);
  CHECK_FALSE(view.facts.stream);
  REQUIRE(read<embeddings>(R"({"model":"m","input":[1,2,3]})", view).has_value());
  CHECK(view.facts.input_tokens == 3);
  CHECK(read<embeddings>(R"({"model":"m"})", view).has_error());
  CHECK(read<embeddings>(R"({"model":"m","input":[[[1]]]})", view).has_error());
  CHECK(read<embeddings>(R"({"model":"m","input":"x","dimensions":[5,]})", view).has_error());
}
