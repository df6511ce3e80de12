#include "config/moment.hpp"

#include "config/load.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar::config;

TEST_CASE("points in time are RFC 3339 with an offset", "[config]") {
  CHECK(parse_moment("1970-01-01T00:00Z") == 0);
  CHECK(parse_moment("2026-12-01T08:00+01:00") == 1'796'108'400);
  CHECK(parse_moment("2026-12-01T08:00:01.25+01:00") == 1'796'108'401);
  CHECK(parse_moment("2024-02-29 12:00:00-05:30") == 1'709'227'800);
  for (const char* bad :
       {"", "2026-12-01", "2026-12-01T08:00", "2026-02-29T08:00Z", "2026-12-01T24:00Z",
        "2026-12-01T08:00+1:00", "2026-12-01T08:00Z!", "2026-13-01T08:00Z", "tomorrow at noon, please"}) {
    INFO(bad);
    CHECK_FALSE(parse_moment(bad));
  }
}

namespace {

loaded policy(const std::string& rest) {
  return load_text(
      "version: 1\nproviders:\n  lab: {tier: self_hosted, preset: vllm, models: {m1: {}}}\n" + rest,
      "nearfar.yaml", "/nonexistent");
}

}  // namespace

TEST_CASE("what ends in the future is read without a word, with and without quotes") {
  for (const std::string text : {"2999-12-01T08:00+01:00", "\"2999-12-01T08:00:00Z\""}) {
    const auto read = policy("rules:\n  - name: default\n    until: " + text + "\n");
    INFO(read.found.render(diagnostics::style::plain));
    REQUIRE(read.value);
    CHECK(read.found.all().empty());
    CHECK(read.value->rules[0].until->starts_with("2999-12-01"));
  }
}

TEST_CASE("stick is off when left out, and as long as the preset's cache unless it says a time") {
  CHECK_FALSE(policy("").value->stick);
  const auto as_preset = policy("stick: {by: conversation, for: preset}\n");
  REQUIRE(as_preset.value);
  REQUIRE(as_preset.value->stick);
  CHECK_FALSE(as_preset.value->stick->time);
  CHECK(policy("stick: {for: 90s}\n").value->stick->time == millis{90'000});
}

TEST_CASE("race, continue and hold_back are read") {
  const auto read = policy(
      "attempts:\n  - {name: default, race: {after: p90, with: [lab, m1]}, continue: never, hold_back: 1 "
      "word}\n");
  REQUIRE(read.value);
  const auto& how = read.value->attempts[0];
  REQUIRE(how.race);
  CHECK_FALSE(how.race->after);
  CHECK(how.race->with.size() == 2);
  CHECK(how.hand_over == continue_when::never);
  CHECK(how.hold_back == 1U);
  CHECK(read.found.all().empty());
}
