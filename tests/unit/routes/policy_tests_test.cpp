// The `tests:` of a policy file.
#include "routes/policy_tests.hpp"
#include "config/load.hpp"
#include "tests/unit/routes/make.hpp"

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

namespace {

config::configuration house() {
  auto c = three_tiers();
  auto g = guard("private-stays-home", when("privacy", {word("private")}));
  g.allow = {tiers({tier::device, tier::self_hosted})};
  c.guards = {g};
  auto offline = rule("offline", when("network", {word("offline"), word("portal")}));
  offline.only = {tiers({tier::device, tier::self_hosted})};
  auto night = rule("night", when("time", {config::time_window{22 * 60, 6 * 60, "Europe/Berlin"}}));
  night.prefer = {{tiers({tier::self_hosted})}};
  auto weekend = rule("weekend", when("weekday", {word("sat-sun")}));
  auto app = rule("app", when("header", {config::header_test{"x-app", "glasses", true}}));
  auto canary = rule("canary", when("bucket", {number(config::compare_op::less, 5)}));
  canary.when = all({when("tag", {word("canary")}), canary.when});
  auto worn = rule("worn", when("worn", {flag(true)}));
  auto fallback = rule("default");
  fallback.prefer = {{tiers({tier::remote})}};
  c.rules = {offline, night, weekend, app, canary, worn, fallback};
  config::fact_config fact;
  fact.name = "worn";
  fact.type = config::fact_type::boolean;
  c.facts = {fact};
  config::attempts_entry voice;
  voice.name = "speak-now";
  voice.when = when("tag", {word("voice")});
  c.attempts = {voice};
  return c;
}

using given = std::vector<std::pair<std::string, std::variant<bool, double, std::string>>>;

config::policy_test expectation(const given& facts) {
  config::policy_test t;
  t.name = "t";
  t.given.push_back({"model", std::string("auto"), {}});
  for (const auto& [fact, value] : facts) t.given.push_back({fact, value, {}});
  return t;
}

compiled with(const config::policy_test& t) {
  auto c = house();
  c.tests = {t};
  return compile(c);
}

void passes(const config::policy_test& t) {
  const auto made = with(t);
  for (const auto& d : made.found.all()) UNSCOPED_INFO(d.message << " / " << d.help);
  CHECK(made.value != nullptr);
}

std::string failure(const config::policy_test& t) {
  const auto made = with(t);
  CHECK(made.value == nullptr);
  REQUIRE_FALSE(made.found.all().empty());
  CHECK(made.found.all().front().code == "R010");
  return made.found.all().front().message + " / " + made.found.all().front().help;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string word_of(const char* text) {
  return text;
}

}  // namespace

TEST_CASE("a test that holds lets the policy through", "[routes][P6]") {
  auto t = expectation({{"privacy", word_of("private")}, {"network", word_of("offline")}});
  t.target = "phone/small";
  t.rule = "offline";
  t.attempts = "default";
  t.plan = {"phone/small", "homelab/middle"};
  t.never = {tiers({tier::remote})};
  passes(t);
}

TEST_CASE("a test that fails stops the policy and shows what came", "[routes][P6]") {
  auto t = expectation({});
  t.target = "phone/small";
  CHECK(contains(failure(t), "expected target `phone/small`, came `cloud/large`"));
  t.target.reset();
  t.rule = "offline";
  CHECK(contains(failure(t), "expected rule `offline`, came `default`"));
  t.rule.reset();
  t.attempts = "speak-now";
  CHECK(contains(failure(t), "expected attempts `speak-now`, came `default`"));
  t.attempts.reset();
  t.plan = {"cloud/large", "phone/small"};
  CHECK(contains(failure(t), "came cloud/large, phone/small, homelab/middle"));
  t.plan.clear();
  t.never = {tiers({tier::self_hosted})};
  CHECK(contains(failure(t), "`homelab/middle` is in the plan"));
}

TEST_CASE("every failed expectation of a test is shown", "[routes]") {
  auto t = expectation({});
  t.where = {40, 5, 10};
  t.target = "phone/small";
  t.rule = "offline";
  CHECK(with(t).found.all().size() == 2);
}

TEST_CASE("a refusal is expected as none and explained when it was not", "[routes]") {
  auto t = expectation({{"privacy", word_of("private")}, {"input_tokens", 100'000.0}});
  t.target = "none";
  passes(t);
  t.target = "cloud/large";
  CHECK(contains(failure(t), "guard private-stays-home"));
}

TEST_CASE("down takes providers and targets away for the moment", "[routes]") {
  auto t = expectation({});
  t.down = {"cloud", "phone/small"};
  t.target = "homelab/middle";
  passes(t);
  t.down = {"nobody"};
  CHECK(has_code(with(t).found, "R011"));
}

TEST_CASE("never looks at targets that are down as well", "[routes][P3]") {
  auto t = expectation({});
  t.down = {"cloud"};
  t.never = {tiers({tier::remote})};
  CHECK(contains(failure(t), "cloud/large"));
}

TEST_CASE("time, weekday, headers, buckets and declared facts can be given", "[routes]") {
  const auto chooses = [](const given& facts, const char* rule_name) {
    auto t = expectation(facts);
    t.rule = rule_name;
    passes(t);
  };
  chooses({}, "default");  // Monday noon
  chooses({{"time", word_of("23:30")}}, "night");
  chooses({{"time", word_of("21:59")}}, "default");
  chooses({{"weekday", word_of("sun")}}, "weekend");
  chooses({{"header", word_of("X-App: glasses/3")}}, "app");
  chooses({{"tag", word_of("canary")}, {"bucket", 3.0}}, "canary");
  chooses({{"tag", word_of("canary")}, {"bucket", 50.0}}, "default");
  chooses({{"worn", true}}, "worn");
  chooses({{"worn", false}}, "default");
}

TEST_CASE("the tests of a file give times, weekdays and headers as it writes them", "[routes]") {
  auto made = config::load_text(R"(version: 1
providers: {lab: {tier: self_hosted, preset: vllm, models: [m1]}}
rules:
  - {name: night, when: {time: "22:00-06:00 Asia/Tokyo", weekday: [fri, sat]}}
  - {name: app, when: {header: {x-app: "glasses*", x-mode: walk}}}
  - {name: default}
tests:
  - {name: friday night, given: {model: m1, time: 23:30, weekday: fri}, expect: {rule: night}}
  - {name: friday evening, given: {model: m1, time: 21:59, weekday: fri}, expect: {rule: default}}
  - {name: sunday night, given: {model: m1, time: 23:30, weekday: sun}, expect: {rule: default}}
  - {name: both, given: {model: m1, header: {X-App: glasses-2, x-mode: walk}}, expect: {rule: app}}
  - {name: one, given: {model: m1, header: {x-app: glasses-2}}, expect: {rule: default}}
)",
                                "tests.yaml", "/nonexistent");
  INFO(made.found.render(config::diagnostics::style::plain));
  REQUIRE(made.value != nullptr);
  const auto rules = policy::compile(made.value, made.found);
  INFO(made.found.render(config::diagnostics::style::plain));
  REQUIRE(rules != nullptr);
  CHECK(policy_test_results(*rules).size() == 5);
}

TEST_CASE("a test that gives what is no fact, no value or no model is wrong itself", "[routes]") {
  auto t = expectation({{"wron", true}});
  CHECK(has_code(with(t).found, "R011"));
  t = expectation({{"network", true}});
  CHECK(has_code(with(t).found, "R011"));
  t = expectation({{"time", word_of("25:00")}});
  CHECK(has_code(with(t).found, "R011"));
  t.given.clear();
  CHECK(has_code(with(t).found, "R011"));
}
