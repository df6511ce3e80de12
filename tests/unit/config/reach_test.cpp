// What a condition leaves over, by hand; tests/unit/routes/never_matches_property_test.cpp holds the same
// against evaluate.
#include "config/reach.hpp"

#include "config/load.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

using namespace nearfar::config;

namespace {

std::shared_ptr<const configuration> with_rules(const std::vector<std::string>& whens) {
  std::string text =
      "version: 1\ntags: [voice, batch]\nfacts: {worn: {type: bool}, lux: {type: number}, "
      "place: {type: name}}\nproviders: {lab: {tier: self_hosted, preset: vllm, models: "
      "[m1]}}\nrules:\n";
  for (std::size_t i = 0; i < whens.size(); ++i)
    text += fmt::format("  - {{name: r{}, when: {{{}}}}}\n", i, whens[i]);
  const auto made = load_text(text, "test.yaml", "/nonexistent");
  INFO(made.found.render(diagnostics::style::plain));
  REQUIRE(made.value != nullptr);
  return made.value;
}

// What the last of the conditions leaves to be first at, past those before it.
reach last_of(const std::vector<std::string>& whens) {
  const auto c = with_rules(whens);
  std::vector<const condition*> above;
  for (std::size_t i = 0; i + 1 < c->rules.size(); ++i) above.push_back(&c->rules[i].when);
  return reach_checker(*c).first(c->rules.back().when, above);
}

using rows = std::vector<std::string>;

}  // namespace

TEST_CASE("a condition inside wider ones is never the first to hold") {
  const auto whens = GENERATE(values<rows>({
      {R"(input_tokens: "> 2000")", R"(input_tokens: "> 6000")"},
      {R"(input_tokens: ">= 2001")", R"(input_tokens: "> 2000")"},  // tokens are whole
      {R"(battery: "<= 50%")", R"(battery: "10%..50%")"},
      {R"(battery: "10%..50%")", R"(battery: "20%")"},
      {R"(input_tokens: ["< 2k", "> 1k"])", "stream: true"},
      {R"(bucket: "< 100%")", "tools: true"},
      {R"(deadline: "< 2s")", R"(deadline: "< 500ms")"},
      {"network: [offline, portal]", "network: portal"},
      {"not: {network: online}", "network: degraded"},
      {"not: {tag: [voice, batch]}", "not: {any: [{tag: voice}, {tag: batch}]}"},
      {"tag: [voice, batch]", "tag: voice, tools: true"},
      {"any: [{tag: voice}, {metered: true}]", "metered: true, stream: true"},
      {R"(model: "gpt-*")", "model: gpt-5"},
      {R"(model: "gpt-*")", R"(model: "gpt-5-*")"},
      {R"(model: "*")", "tag: voice"},
      {R"(header: {x-app: "glass*"})", R"(header: {x-app: "glasses*"})"},
      {R"(header: {x-app: [a, b]})", "header: {x-app: b}"},
      {R"(time: "18:00-08:00 UTC")", R"(time: "22:00-06:00 UTC")"},
      {"weekday: [sat, sun, mon]", "weekday: sat-mon"},
      {"weekday: fri-mon", "weekday: sun"},
      {"worn: [true, false]", "worn: true"},
      {R"(lux: "> 10")", R"(lux: "> 10.5")"},
      {"place: home", "place: home, worn: true"},
      {"tools: true", "tools: false", "tag: voice"},
      {R"(input_tokens: "< 1k")", R"(input_tokens: "1k..2k")", R"(input_tokens: "> 2k")", "audio: true"},
      {"privacy: private", "privacy: [public, internal]", "json: true"},
      {R"(time: "00:00-12:00 UTC")", R"(time: "12:00-24:00 UTC")", "tag: batch"},
      {R"(battery: "< 20%", not: {battery: "< 50%"})"},  // nothing can meet it
      {R"(input_tokens: "> 2000", not: {input_tokens: "> 2000"})"},
      {R"(bucket: "100%")"},
  }));
  INFO(fmt::format("{}", fmt::join(whens, " / ")));
  CHECK(last_of(whens) == reach::impossible);
}

TEST_CASE("a condition that anything is left over for may be the first to hold") {
  const auto whens = GENERATE(values<rows>({
      {R"(input_tokens: "> 6000")", R"(input_tokens: "> 2000")"},
      {R"(input_tokens: ">= 2002")", R"(input_tokens: "> 2000")"},
      {R"(battery: "< 50%")", R"(battery: "10%..50%")"},
      {R"(battery: ["< 50%", ">= 50%"])", "stream: true"},  // unknown is neither
      {"metered: [true, false]", "tools: true"},
      {"any: [{worn: true}, {not: {worn: true}}]", "tools: true"},
      {R"(deadline: ["< 2s", ">= 2s"])", "tools: true"},  // the header was not sent
      {"tag: [voice, batch]", "tools: true"},
      {"not: {tag: voice}", "tag: [voice, batch]"},
      {"network: [online, degraded, portal, offline]", "lan: up"},
      {R"(model: "gpt-5*")", R"(model: "gpt-*")"},
      {R"(model: "*-mini")", R"(model: "gpt-*")"},
      {R"(model: "Auto")", "model: auto"},
      {R"(header: {x-app: "glasses*"})", R"(header: {x-app: "glass*"})"},
      {R"(header: {x-app: a})", R"(header: {x-app: "a*"})"},
      {R"(header: {x-app: "a*"})", R"(header: {x-other: "a*"})"},
      {R"(header: {x-app: "*"})", "tools: true"},
      {R"(time: "22:00-06:00 UTC")", R"(time: "22:00-06:00 Europe/Berlin")"},  // another hour there
      {R"(time: "22:00-06:00 UTC")", R"(time: "21:59-06:00 UTC")"},
      {"weekday: mon-fri", R"(weekday: "mon-fri UTC")"},  // the machine's zone is its own
      {"weekday: mon-fri", "weekday: fri-sat"},
      {R"(place: "*")", "worn: true"},
      {R"(lux: ["< 5", ">= 5"])", "worn: true"},
      {"key: travel", "team: travel"},
      {"tag: voice, tools: true", "tag: voice"},
  }));
  INFO(fmt::format("{}", fmt::join(whens, " / ")));
  CHECK(last_of(whens) == reach::possible);
}

TEST_CASE("a guard applies while its condition is unknown, so that only a certain no makes it idle") {
  const auto idle = [](const std::string& when) {
    const auto c = with_rules({when});
    return reach_checker(*c).applies(c->rules[0].when) == reach::impossible;
  };
  CHECK(idle("weekday: sat, not: {weekday: [sat, sun]}"));
  CHECK(idle(R"(input_tokens: "< 10", not: {input_tokens: "< 20"})"));
  CHECK_FALSE(idle("network: online, not: {network: online}"));
  CHECK_FALSE(idle("metered: true"));
  CHECK_FALSE(idle("not: {worn: [true, false]}"));
}

TEST_CASE("what would take too long to tell is left undecided, and nothing is said of it") {
  std::vector<std::string> whens;
  std::string all;
  for (int i = 1; i <= 12; ++i)
    all += fmt::format("{}\"{}..{}\"", i == 1 ? "" : ", ", i * 1000, i * 1000 + 10);
  for (const auto* fact : {"input_tokens", "output_tokens", "deadline"}) {
    auto list = all;
    if (std::string(fact) == "deadline") list = R"("< 1s", "2s..3s", "4s..5s", "6s..7s", "8s..9s")";
    whens.push_back(fmt::format("{}: [{}]", fact, list));
  }
  whens.emplace_back(R"(body_bytes: ["< 1kB", "2kB..3kB", "4kB..5kB", "6kB..7kB", "8kB..9kB"])");
  whens.emplace_back(R"(any: [{not: {header: {x-a: [a, b, c, d, e, f, g, h, i]}}}, {tag: voice}])");
  whens.emplace_back("tools: true");
  CHECK(last_of(whens) == reach::undecided);
  CHECK(last_of({R"(header: {x-a: [a, b, c, d, e, f, g, h, i]})", "tools: true"}) == reach::undecided);
}
