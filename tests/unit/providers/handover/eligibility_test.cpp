#include "providers/handover/eligibility.hpp"

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>

using namespace nearfar::providers::handover;

TEST_CASE("plain text of one choice can be continued", "[P2]") {
  CHECK_FALSE(why_not_continuable({}, {.text = "The cat"}));
  CHECK_FALSE(why_not_continuable({}, {.text = "<think>a cat</think>The cat"}));
}

TEST_CASE("what cannot be joined is named", "[P2]") {
  using enum obstacle;
  CHECK(why_not_continuable({.choices = 2}, {}) == several_choices);
  CHECK(why_not_continuable({.json = true}, {}) == json_output);
  CHECK(why_not_continuable({.audio = true}, {}) == audio);
  CHECK(why_not_continuable({.logprobs = true}, {}) == logprobs);
  CHECK(why_not_continuable({}, {.tool_calls = true}) == tool_call);
  CHECK(why_not_continuable({}, {.in_reasoning = true}) == reasoning);
  CHECK(why_not_continuable({}, {.refusal = true}) == refusal);
  CHECK(why_not_continuable({}, {.sound_or_image = true}) == audio);
  CHECK(why_not_continuable({}, {.annotations = true}) == citations);
  CHECK(why_not_continuable({}, {.logprobs = true}) == logprobs);
  CHECK(why_not_continuable({}, {.text_unknown = true}) == text_unknown);
  CHECK(why_not_continuable({}, {.text = "<think>a cat"}) == reasoning);
}

TEST_CASE("every obstacle has words and a name of its own") {
  std::set<std::string_view> names;
  std::set<std::string_view> words;
  for (int i = 0; i <= static_cast<int>(obstacle::text_unknown); ++i) {
    names.insert(name_of(static_cast<obstacle>(i)));
    words.insert(in_words(static_cast<obstacle>(i)));
  }
  CHECK(names.size() == 10);
  CHECK(words.size() == 10);
  CHECK_FALSE(names.contains(""));
  CHECK_FALSE(words.contains(""));
}
