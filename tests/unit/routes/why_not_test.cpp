#include "routes/why_not.hpp"

#include "routes/given_facts.hpp"
#include "tests/unit/routes/make.hpp"

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

namespace {

std::shared_ptr<const policy> house() {
  auto c = three_tiers();
  c.tags = {"voice", "batch"};
  config::fact_config worn;
  worn.name = "worn";
  worn.type = config::fact_type::boolean;
  c.facts = {worn};
  auto home = guard("private-stays-home", when("privacy", {word("private")}));
  home.where = {20, 5, 4};
  home.allow = {tiers({tier::device, tier::self_hosted})};
  auto bills = guard("no-roaming-bills", when("metered", {flag(true)}));
  bills.where = {30, 5, 4};
  bills.deny = {tiers({tier::remote})};
  c.guards = {home, bills};
  auto voice = rule("voice", when("tag", {word("voice")}));
  voice.where = {37, 5, 4};
  voice.prefer = {{tiers({tier::remote})}};
  auto stay = rule("stay", when("worn", {flag(true)}));
  stay.where = {40, 5, 4};
  stay.only = {tiers({tier::device})};
  c.rules = {voice, stay};
  return good(c);
}

struct asked {
  explicit asked(std::shared_ptr<const policy> p = house()) : rules(std::move(p)), at(*rules) {
    at.give("model", std::string("auto"));
    at.give("metered", false);
  }
  void give(const char* fact) {
    const auto verdict = give_text(at, fact);
    INFO(verdict.problem << " " << verdict.help);
    REQUIRE(verdict.taken);
  }
  std::string why_not(const char* target) const { return to_text(explain_why_not(at, target)); }

  std::shared_ptr<const policy> rules;
  situation at;
};

}  // namespace

TEST_CASE("why-not names the guard and the fact that would open it", "[routes][P5]") {
  asked q;
  q.give("metered=true");
  CHECK(q.why_not("cloud/large") ==
        "guard no-roaming-bills (nearfar.yaml:30) denies it because metered is true; "
        "with metered=false it would be third\n");
}

TEST_CASE("why-not says that unknown counts in a guard", "[routes][P5]") {
  asked q;
  q.give("metered=unknown");
  CHECK(
      q.why_not("cloud/large") ==
      "guard no-roaming-bills (nearfar.yaml:30) denies it because metered is unknown, and in a guard unknown "
      "counts as true; with metered=false it would be third\n");
}

TEST_CASE("why-not takes the nearest of several values", "[routes][P5]") {
  asked q;
  q.give("privacy=private");
  CHECK(q.why_not("cloud/large") ==
        "guard private-stays-home (nearfar.yaml:20) allows only others because privacy is private; "
        "with privacy=internal it would be third\n");
}

TEST_CASE("two guards in the way are no matter of one fact", "[routes][P5]") {
  asked q;
  q.give("privacy=private");
  q.give("metered=true");
  const auto w = explain_why_not(q.at, "cloud/large");
  CHECK(w.is == why_not::state::dropped);
  CHECK_FALSE(w.remedy);
  CHECK(w.tried > 20);
  CHECK(to_text(w).ends_with("; no change of a single fact would help\n"));
}

TEST_CASE("why-not of a target behind others names who put them first", "[routes][P5]") {
  asked q;
  CHECK(
      q.why_not("cloud/large") ==
      "it is third: no rule matches, and the model name lists phone/small before it; with tag=voice it would "
      "be first\n");
  q.give("tag=voice");
  CHECK(q.why_not("phone/small") ==
        "it is second: rule voice (nearfar.yaml:37) prefers cloud/large because tag is voice; with tag=batch "
        "it "
        "would be first\n");
  CHECK(q.why_not("cloud/large") == "cloud/large is the answer\n");
}

TEST_CASE("why-not knows rules, contexts, names and what is down", "[routes][P5]") {
  asked q;
  q.give("worn=true");
  CHECK(q.why_not("homelab/middle") ==
        "rule stay (nearfar.yaml:40) keeps to others by its `only` because worn is true; with worn=false it "
        "would be second\n");
  q.give("worn=false");
  q.give("input_tokens=9k");
  q.give("output_tokens=500");
  CHECK(q.why_not("phone/small") == "context 8000 < 9000 + 500; with input_tokens=7500 it would be first\n");
  REQUIRE(q.at.take_down("homelab"));
  CHECK(q.why_not("homelab/middle") == "taken as down; no change of a single fact would help\n");
  q.at.give("model", std::string("homelab/middle"));
  CHECK(q.why_not("cloud/large") == "the name `homelab/middle` does not stand for it\n");
  CHECK(explain_why_not(q.at, "cloud/lrge").is == why_not::state::unknown_target);
}

TEST_CASE("what why-not promises is what evaluate answers", "[routes][P5]") {
  for (const char* fact : {"metered=true", "metered=unknown", "privacy=private", "tag=voice", "worn=true",
                           "input_tokens=9k", "network=offline", "lan=down"}) {
    asked q;
    q.give(fact);
    for (const auto& target : target_names(*q.rules)) {
      const auto w = explain_why_not(q.at, target);
      if (!w.remedy) continue;
      INFO(fact << " " << target << ": " << to_text(w));
      asked changed;
      changed.give(fact);
      changed.give((w.remedy->fact + "=" + w.remedy->becomes).c_str());
      const auto now = explain_why_not(changed.at, target);
      CHECK(now.position == w.remedy->position);
    }
  }
}

TEST_CASE("facts as text: units, suggestions, unknown", "[routes]") {
  asked q;
  const auto problem = [&](const char* text) {
    const auto verdict = give_text(q.at, text);
    CHECK_FALSE(verdict.taken);
    return verdict.problem + " / " + verdict.help;
  };
  q.give("battery=12%");
  CHECK(*q.at.input().now_true.battery == 12);
  q.give("battery=unknown");
  CHECK_FALSE(q.at.input().now_true.battery);
  q.give("input_tokens=8k");
  CHECK(q.at.input().asked.input_tokens == 8'000);
  q.give("deadline=2s");
  CHECK(q.at.input().asked.deadline_ms == 2'000U);
  q.give("header:x-app=glasses");
  CHECK(q.at.input().now_true.headers.size() == 1);
  CHECK(problem("netwrk=offline") == "unknown fact `netwrk` / did you mean `network`?");
  CHECK(problem("network=offlin") == "`offlin` is no value of `network` / did you mean `offline`?");
  CHECK(problem("tag=voce") == "tag `voce` is not declared / did you mean `voice`?");
  CHECK(problem("network") == "`network` gives no value / write FACT=VALUE, such as `network=offline`");
  CHECK(problem("battery=12").starts_with("`battery=12` needs a unit"));
  CHECK(problem("time=25:00").ends_with("a time of day such as `23:30`"));
}

TEST_CASE("why-not of a whole input that was seen starts from it", "[routes][P5]") {
  asked q;
  q.give("metered=true");
  q.give("header:x-app=glasses");
  const auto seen = q.at.input();
  situation again(*q.rules);
  again.begin_at(seen);
  const auto same = again.input();
  CHECK(same.asked.model == "auto");
  CHECK(same.now_true.metered == true);
  CHECK(same.now_true.headers.size() == 1);
  CHECK(to_text(explain_why_not(again, "cloud/large")) == q.why_not("cloud/large"));
  SECTION("with breakers and a sticky hit as they were") {
    std::vector<target_snapshot> states(q.rules->targets().size());
    states[0].breaker_admits = false;
    states[0].breaker_reopens = instant(millis{9'000});
    again.begin_at({*q.rules, seen.asked, seen.now_true, states, instant(millis{5'000}), 7, {1, {}}});
    CHECK(again.input().seed == 7);
    CHECK(again.input().sticky.target == 1);
    CHECK(again.input().now == instant(millis{5'000}));
    CHECK(explain_why_not(again, "phone/small").is == why_not::state::held_back);
  }
}
