#include "routes/explanation.hpp"

#include "routes/policy_tests.hpp"
#include "routes/situation.hpp"
#include "tests/unit/routes/make.hpp"

#include <algorithm>

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

namespace {

std::shared_ptr<const policy> house() {
  auto c = three_tiers();
  auto home = guard("home", when("privacy", {word("private")}));
  home.where = {20, 5, 4};
  home.allow = {tiers({tier::device, tier::self_hosted})};
  c.guards = {home};
  auto night = rule("night", when("time", {config::time_window{22 * 60, 6 * 60, "Europe/Berlin"}}));
  night.where = {30, 5, 4};
  night.prefer = {{tiers({tier::self_hosted})}};
  auto app = rule("app", when("header", {config::header_test{"x-app", "glasses", true}}));
  c.rules = {night, app};
  return good(c);
}

explanation tell(situation& s) {
  plan p;
  trace why;
  const auto in = s.input();
  evaluate(in, p, why);
  return explained(in, p, why);
}

std::string fact(const explanation& e, std::string_view name) {
  const auto at =
      std::find_if(e.facts.begin(), e.facts.end(), [&](const auto& f) { return f.first == name; });
  return at == e.facts.end() ? "(none)" : at->second;
}

}  // namespace

TEST_CASE("an explanation says the hour in the zone of the rule and no value of a header", "[routes][P5]") {
  const auto rules = house();
  situation s(*rules);
  s.give("model", std::string("auto"));
  s.set_clock(1'795'383'000, {3'600}, 0);  // 21:30 UTC
  s.give("header:X-App", std::string("glasses/2"));
  const auto e = tell(s);
  CHECK(fact(e, "time") == "22:30");
  CHECK(fact(e, "header") == "sent");
  CHECK(e.rule == "night");
  CHECK(e.rule_place == "nearfar.yaml:30");
  REQUIRE(e.rules.size() == 1);
  CHECK(e.rules[0].because == "time is 22:30, wants 22:00-06:00 Europe/Berlin");
  CHECK(to_json(e).find("glasses/2") == std::string::npos);
}

TEST_CASE("a given hour and weekday leave the moment that until counts from", "[routes]") {
  const auto rules = house();
  situation s(*rules);
  s.give("model", std::string("auto"));
  s.set_clock(1'795'383'000, {3'600}, -7'200);
  s.give("time", std::string("23:10"));
  s.give("weekday", std::string("wed"));
  const auto in = s.input();
  CHECK(in.now_true.now.unix_seconds == 1'795'383'000);
  const auto local = [&](std::int64_t offset) { return in.now_true.now.unix_seconds + offset; };
  for (const std::int64_t offset :
       {std::int64_t{in.now_true.zone_offsets[0]}, std::int64_t{in.now_true.machine_offset}}) {
    CHECK(local(offset) % 86'400 == 23 * 3'600 + 10 * 60);
    CHECK((local(offset) / 86'400 + 3) % 7 == 2);
  }
  CHECK(tell(s).rule == "night");
}

TEST_CASE("an explanation in JSON holds what the text does", "[routes][P5]") {
  const auto rules = house();
  situation s(*rules);
  s.give("model", std::string("auto"));
  s.give("privacy", std::string("private"));
  const auto e = tell(s);
  const auto json = to_json(e);
  for (
      const char* part :
      {R"("target":"phone/small","tier":"device","rule":{"name":"none","place":""})",
       R"("guards":[{"name":"home","answer":"yes","because":"privacy is private, wants private","place":"nearfar.yaml:20"}])",
       R"({"target":"cloud/large","reason":"guard_allow","text":"guard home","place":"nearfar.yaml:20","momentary":false})",
       R"("order":["phone/small","homelab/middle"],"refusal":null)"}) {
    INFO(json);
    CHECK(json.find(part) != std::string::npos);
  }
}

TEST_CASE("an explanation of a refusal says who is to blame", "[routes][P5]") {
  const auto rules = house();
  situation s(*rules);
  s.give("model", std::string("cloud/large"));
  s.give("privacy", std::string("private"));
  const auto e = tell(s);
  CHECK(e.target.empty());
  CHECK(e.refusal.find("home") != std::string::npos);
  CHECK(to_json(e).find(R"("target":null)") != std::string::npos);
}

TEST_CASE("results of tests come one by one", "[routes][P6]") {
  const auto rules = house();
  config::policy_test right;
  right.name = "right";
  right.given = {{"model", std::string("auto"), {}}};
  right.target = "phone/small";
  auto wrong = right;
  wrong.target = "cloud/large";
  auto mistaken = right;
  mistaken.given.push_back({"wron", true, {}});
  CHECK(run_policy_test(*rules, right).passed());
  const auto failed = run_policy_test(*rules, wrong);
  REQUIRE(failed.failures.size() == 1);
  CHECK(failed.failures[0].message == "expected target `cloud/large`, came `phone/small`");
  CHECK(failed.target == "phone/small");
  const auto bad = run_policy_test(*rules, mistaken);
  CHECK_FALSE(bad.passed());
  CHECK(bad.mistake == "unknown fact `wron`");
}
