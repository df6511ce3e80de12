// Stickiness: back to the target that holds the prompt cache, if everything that may take it away lets it.
#include "routes/explain.hpp"
#include "tests/unit/routes/make.hpp"

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

namespace {

config::configuration sticking() {
  auto c = three_tiers();
  c.stick = config::stick_config{};
  return c;
}

// A conversation with tools that homelab/middle answered a minute ago.
struct talk : scene {
  explicit talk(config::configuration c) : scene(good(std::move(c))) {
    asked.tools = true;
    hit("homelab/middle");
  }
  void hit(std::string_view target) { sticky = {find(target), now - millis{60'000}}; }
};

}  // namespace

TEST_CASE("a conversation goes back to its last target, and the rest follow in order", "[routes]") {
  talk t(sticking());
  CHECK(t.order() == names{"homelab/middle", "phone/small", "cloud/large"});
  CHECK(t.why.stick == stickiness::stays);
  CHECK(explain(t.in(), t.out, t.why).find("stays, it has answered this conversation for 60 s") !=
        std::string::npos);
}

TEST_CASE("without `stick`, without a hit, or with nothing to lose, the rules alone order", "[routes]") {
  const names as_listed{"phone/small", "homelab/middle", "cloud/large"};
  SECTION("no `stick`") {
    talk t(three_tiers());
    CHECK(t.order() == as_listed);
    CHECK(t.why.stick == stickiness::none);
  }
  SECTION("no hit") {
    talk t(sticking());
    t.sticky = {};
    CHECK(t.order() == as_listed);
  }
  SECTION("a short talk without tools") {
    talk t(sticking());
    t.asked.tools = false;
    t.asked.input_tokens = sticky_tokens - 1;
    CHECK(t.order() == as_listed);
    t.asked.input_tokens = sticky_tokens;
    CHECK(t.order().front() == "homelab/middle");
    t.asked.input_tokens = 10;
    t.asked.reasoning_signed = true;
    CHECK(t.order().front() == "homelab/middle");
  }
  SECTION("another model name") {
    auto c = sticking();
    c.models.push_back(name("small", {"phone/small"}));
    talk t(c);
    t.asked.model = "small";
    CHECK(t.order() == names{"phone/small"});
    CHECK(t.why.stick == stickiness::none);
  }
}

TEST_CASE("a guard takes the sticky target away like any other", "[routes][P3]") {
  auto c = sticking();
  c.guards = {guard("home", when("privacy", {word("private")}))};
  c.guards[0].allow = {tiers({tier::device, tier::self_hosted})};
  talk t(c);
  t.hit("cloud/large");
  CHECK(t.order().front() == "cloud/large");
  t.asked.privacy = config::privacy_level::private_;
  CHECK(t.order() == names{"phone/small", "homelab/middle"});
  CHECK(t.why.stick == stickiness::left);
  CHECK(t.why.sticky.reason == drop_reason::guard_allow);
  const auto said = explain(t.in(), t.out, t.why);
  CHECK(said.find("left: guard home; phone/small reads 100 tokens anew, 0.0000 USD") != std::string::npos);
}

TEST_CASE("`only`, `max_price` and momentary filters end stickiness, and the trace says which", "[routes]") {
  auto c = sticking();
  auto r = rule("cheap", when("metered", {flag(true)}));
  r.price_cap = config::max_price{1, 1};
  auto only = rule("device-only", when("roaming", {flag(true)}));
  only.only = {tiers({tier::device})};
  c.rules = {r, only, rule("default")};
  talk t(c);
  t.hit("cloud/large");
  const auto left_by = [&] {
    t.evaluate();
    REQUIRE(t.why.stick == stickiness::left);
    REQUIRE(t.out.order[0] != t.find("cloud/large"));
    return t.why.sticky.reason;
  };
  SECTION("max_price") {
    t.now_true.metered = true;
    CHECK(left_by() == drop_reason::max_price);
  }
  SECTION("only") {
    t.now_true.roaming = true;
    CHECK(left_by() == drop_reason::rule_only);
  }
  SECTION("breaker") {
    t.targets[t.find("cloud/large")].breaker_admits = false;
    CHECK(left_by() == drop_reason::breaker_open);
  }
  SECTION("offline") {
    t.now_true.network = network_state::offline;
    CHECK(left_by() == drop_reason::unreachable);
  }
  SECTION("queue") {
    t.targets[t.find("cloud/large")].queue_full = true;
    CHECK(left_by() == drop_reason::queue_full);
  }
  SECTION("put last by hand") {
    t.targets[t.find("cloud/large")].last_until = t.now + millis{1'000};
    CHECK(left_by() == drop_reason::kept);
    CHECK(explain(t.in(), t.out, t.why).find("left: put last by hand") != std::string::npos);
  }
}

TEST_CASE("leaving with signed reasoning in the history is said to cost that reasoning", "[routes][P5]") {
  talk t(sticking());
  t.hit("cloud/large");
  t.targets[t.find("cloud/large")].breaker_admits = false;
  const auto said = [&] {
    t.evaluate();
    REQUIRE(t.why.stick == stickiness::left);
    return explain(t.in(), t.out, t.why).find("signed reasoning that only the issuer can read") !=
           std::string::npos;
  };
  t.asked.tools = true;
  CHECK_FALSE(said());
  t.asked.reasoning_signed = true;
  CHECK(said());
  t.targets[t.find("cloud/large")].breaker_admits = true;
  t.evaluate();
  CHECK(t.why.stick == stickiness::stays);
  CHECK(explain(t.in(), t.out, t.why).find("signed reasoning") == std::string::npos);
}

TEST_CASE("a sticky target comes before better ranks and before `min_quality`", "[routes]") {
  auto c = sticking();
  auto r = rule("best");
  r.prefer = {{tiers({tier::remote})}};
  r.min_quality = 1'300;
  c.rules = {r};
  talk t(c);
  t.hit("phone/small");
  CHECK(t.order() == names{"phone/small", "cloud/large", "homelab/middle"});
}
