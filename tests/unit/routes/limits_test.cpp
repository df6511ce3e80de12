// Limits in the policy: on which queries they bear, whom they keep out, and what is said of it.
#include "routes/limits.hpp"

#include "routes/explain.hpp"
#include "tests/unit/routes/attempt_run.hpp"

#include <array>

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

namespace {

config::limit daily_spend() {
  config::limit l;
  l.name = "daily-spend";
  l.max = {5, true, {}};
  l.per = config::period::day;
  return l;
}

config::limit bursts() {
  config::limit l;
  l.name = "bursts";
  l.of = config::limit_of::requests;
  l.max = {60, false, {}};
  l.per = config::period::minute;
  return l;
}

config::limit_then then_deny(config::selector s) {
  config::limit_then t;
  t.deny = {std::move(s)};
  return t;
}

config::limit_then then_only(config::selector s) {
  config::limit_then t;
  t.only = {std::move(s)};
  return t;
}

config::configuration limited(std::vector<config::limit> limits) {
  auto c = three_tiers();
  c.limits = std::move(limits);
  return c;
}

constexpr std::array<std::uint16_t, 1> the_first{0};
constexpr std::array<std::uint16_t, 2> both{0, 1};

void fill(scene& s, std::span<const std::uint16_t> which) {
  keep_out(*s.rules, s.asked, s.now_true, which, s.targets);
}

}  // namespace

TEST_CASE("a limit bears where its condition holds and where nobody knows", "[routes]") {
  auto l = daily_spend();
  l.when = when("metered", {flag(true)});
  scene s(good(limited({l, bursts()})));
  s.now_true.metered = false;
  CHECK_FALSE(limit_bears(*s.rules, 0, s.asked, s.now_true));
  CHECK(limit_bears(*s.rules, 1, s.asked, s.now_true));
  s.now_true.metered = true;
  CHECK(limit_bears(*s.rules, 0, s.asked, s.now_true));
  s.now_true.metered = std::nullopt;
  CHECK(limit_bears(*s.rules, 0, s.asked, s.now_true));
}

TEST_CASE("a limit takes all targets, or those that `then` says", "[routes]") {
  auto denies = daily_spend();
  denies.then = then_deny(tiers({tier::remote}));
  auto keeps = bursts();
  keeps.then = then_only(one_provider("phone"));
  scene s(good(limited({denies, keeps, bursts()})));
  const auto taken = [&](std::uint16_t limit) {
    names out;
    for (const auto* name : {"phone/small", "homelab/middle", "cloud/large"}) {
      if (limit_takes(*s.rules, limit, s.find(name))) out.emplace_back(name);
    }
    return out;
  };
  CHECK(taken(0) == names{"cloud/large"});
  CHECK(taken(1) == names{"homelab/middle", "cloud/large"});
  CHECK(taken(2) == names{"phone/small", "homelab/middle", "cloud/large"});
}

TEST_CASE("what a target does not state counts against it in `then`", "[routes]") {
  auto l = bursts();
  config::selector cheap;
  cheap.price_input = config::number_test{config::compare_op::less_equal, 1, 0};
  l.then = then_only(cheap);
  auto c = limited({l});
  c.providers[1].models[0].cost.reset();
  const scene s(good(c));
  CHECK(limit_takes(*s.rules, 0, s.find("homelab/middle")));
  CHECK_FALSE(limit_takes(*s.rules, 0, s.find("phone/small")));
}

TEST_CASE("a spent budget leaves what is free", "[routes]") {
  scene s(good(limited({daily_spend()})));
  fill(s, the_first);
  CHECK(s.order() == names{"phone/small", "homelab/middle"});
  const auto v = s.verdict_on("cloud/large");
  CHECK(v.reason == drop_reason::limit);
  CHECK(v.guard == 0);
  CHECK(is_permanent(v.reason));
  CHECK(drop_text(s.in(), v) == "limit daily-spend of 5 USD per day");
}

TEST_CASE("a full rate takes free targets, too", "[routes]") {
  scene s(good(limited({bursts()})));
  fill(s, the_first);
  CHECK(s.order().empty());
  const auto said = s.refused();
  CHECK(said.status == 429);
  CHECK(said.code == "limit_reached");
  CHECK(said.message ==
        "a limit has no room for another query to `auto`. Dropped: phone/small (limit bursts of 60 requests "
        "per "
        "minute); homelab/middle (limit bursts of 60 requests per minute); cloud/large (limit bursts of 60 "
        "requests "
        "per minute)");
}

TEST_CASE("a target of unknown price is never used while a limit of cost bears", "[routes]") {
  auto l = daily_spend();
  l.when = when("tag", {word("batch")});
  auto c = limited({l});
  c.tags = {"batch"};
  c.providers[1].models[0].cost.reset();
  const auto made = compile(c);
  REQUIRE(made.value);
  REQUIRE(made.found.all().size() == 1);
  CHECK(made.found.all()[0].code == "R015");
  CHECK(made.found.all()[0].message == "the price of `homelab/middle` is not known");
  scene s(made.value);
  fill(s, {});
  CHECK(s.order().size() == 3);
  s.asked.tag = "batch";
  fill(s, {});
  CHECK(s.order() == names{"phone/small", "cloud/large"});
  CHECK(contains(drop_text(s.in(), s.verdict_on("homelab/middle")), "unknown price"));
  s.asked.model = "homelab/middle";
  const auto said = s.refused();
  CHECK(said.status == 402);
  CHECK(said.code == "price_unknown");
}

TEST_CASE("many unknown prices of one provider are one finding", "[routes]") {
  auto c = limited({daily_spend()});
  for (const auto* id : {"a", "b", "c", "d"}) c.providers[1].models.push_back(model(id));
  const auto made = compile(c);
  REQUIRE(made.found.all().size() == 1);
  CHECK(made.found.all()[0].message ==
        "the price of `homelab/a`, `homelab/b`, `homelab/c` and 1 more is not known");
}

TEST_CASE("a limit that keeps out others asks no price", "[routes]") {
  auto l = daily_spend();
  l.then = then_deny(tiers({tier::remote}));
  auto c = limited({l});
  c.providers[1].models[0].cost.reset();
  CHECK(compile(c).found.all().empty());
}

TEST_CASE("limits stand behind guards and before the key", "[routes][P3]") {
  auto c = limited({daily_spend(), bursts()});
  auto g = guard("private-stays-home", when("privacy", {word("private")}));
  g.deny = {tiers({tier::remote})};
  c.guards = {g};
  scene s(good(c));
  s.asked.key_tiers = 0b001;  // the device alone
  s.asked.privacy = config::privacy_level::private_;
  fill(s, both);
  CHECK(s.verdict_on("cloud/large").reason == drop_reason::guard_deny);
  CHECK(s.verdict_on("homelab/middle").reason == drop_reason::limit);
  for (auto& t : s.targets) t.over_limit = none_index;
  CHECK(s.verdict_on("homelab/middle").reason == drop_reason::key);
  CHECK(s.verdict_on("phone/small").reason == drop_reason::kept);
}

TEST_CASE("money is told before turns, and turns before prices", "[routes]") {
  scene s(good(limited({daily_spend(), bursts()})));
  const auto code = [&](std::uint16_t phone, std::uint16_t home, std::uint16_t cloud) {
    s.targets[s.find("phone/small")].over_limit = phone;
    s.targets[s.find("homelab/middle")].over_limit = home;
    s.targets[s.find("cloud/large")].over_limit = cloud;
    const auto said = s.refused();
    return std::pair(said.status, said.code);
  };
  CHECK(code(1, 1, 0) == std::pair(402, std::string("budget_exceeded")));
  CHECK(code(1, 1, unpriced_limit) == std::pair(429, std::string("limit_reached")));
  CHECK(code(key_rate_limit, key_rate_limit, key_rate_limit) == std::pair(429, std::string("limit_reached")));
  CHECK(code(key_budget_limit, key_budget_limit, 1) == std::pair(402, std::string("budget_exceeded")));
  CHECK(code(query_cost_limit, query_cost_limit, query_cost_limit) ==
        std::pair(402, std::string("budget_exceeded")));
}

TEST_CASE("a limit is named where the rule would let its target", "[routes]") {
  auto c = limited({daily_spend()});
  auto r = rule("vendors");
  r.only = {tiers({tier::remote})};
  c.rules = {r};
  scene s(good(c));
  fill(s, the_first);
  CHECK(s.refused().status == 402);  // not: the rule leaves nothing
  CHECK(contains(s.refused().message, "cloud/large (limit daily-spend of 5 USD per day)"));
}

TEST_CASE("a target that its rule forbids is not waited for", "[routes]") {
  auto c = limited({daily_spend()});
  auto r = rule("home");
  r.only = {one_target("homelab/middle")};
  c.rules = {r};
  scene s(good(c));
  fill(s, the_first);
  s.asked.model = "cloud/large";
  const auto said = s.refused();
  CHECK(said.status == 403);
  CHECK(said.code == "rule");
  s.asked.key_tiers = 0b011;
  CHECK(s.refused().code == "key");
}

TEST_CASE("a key's tiers and a credential of one's own", "[routes]") {
  auto c = three_tiers();
  c.providers[2].key.kind = config::secret_kind::client;
  scene s(good(c));
  s.asked.key_tiers = 0b101;
  CHECK(s.order() == names{"phone/small"});
  CHECK(drop_text(s.in(), s.verdict_on("homelab/middle")) == "the key may not use it");
  CHECK(drop_text(s.in(), s.verdict_on("cloud/large")) == "takes the caller's own key, and none came");
  s.asked.own_credential = true;
  CHECK(s.order() == names{"phone/small", "cloud/large"});
  s.asked.model = "homelab/middle";
  CHECK(s.refused().status == 403);
  CHECK(s.refused().code == "key");
}

TEST_CASE("a limit that is reached on the way drops the dear target and goes on with the free one",
          "[routes]") {
  auto c = limited({daily_spend()});
  c.models[0].entries = {"phone/small", "cloud/large", "homelab/middle"};
  run q(c);
  q.expect_and_fail("phone/small", seen(error_kind::connect));
  fill(q, the_first);
  q.expect("homelab/middle");
}

TEST_CASE("nothing tried and everything over its limit is told as money or as a turn", "[routes]") {
  const auto ending = [](std::uint16_t limit, int status, std::string_view code) {
    run q(limited({daily_spend(), bursts()}));
    for (auto& t : q.targets) t.over_limit = limit;
    const auto s = q.expect_end(status, code);
    CHECK(contains(s.message, "phone/small: not tried, "));
    return s.message;
  };
  CHECK(contains(ending(0, 402, "budget_exceeded"), "not tried, limit daily-spend of 5 USD per day"));
  CHECK(contains(ending(1, 429, "limit_reached"), "not tried, limit bursts of 60 requests per minute"));
  ending(key_budget_limit, 402, "budget_exceeded");
  ending(key_rate_limit, 429, "limit_reached");
  ending(unpriced_limit, 402, "price_unknown");
}

TEST_CASE("a failure before a limit stays a failure", "[routes]") {
  run q(limited({daily_spend()}));
  q.expect_and_fail("phone/small", seen(error_kind::connect));
  for (auto& t : q.targets) t.over_limit = 0;
  const auto s = q.expect_end(502, "all_attempts_failed");
  CHECK(contains(s.message, "cloud/large: not tried, limit daily-spend of 5 USD per day"));
}

TEST_CASE("how far a limit goes is said in words", "[routes]") {
  auto l = daily_spend();
  l.by = config::limit_by::key;
  CHECK(extent_of(l) == "5 USD per day for each key");
  l.max.value = 0.25;
  CHECK(extent_of(l) == "0.25 USD per day for each key");
  auto r = bursts();
  r.by = config::limit_by::model;
  CHECK(extent_of(r) == "60 requests per minute for each model name");
  r.of = config::limit_of::tokens;
  r.max.value = 2'000'000;
  CHECK(extent_of(r) == "2000000 tokens per minute for each model name");
  r.of = config::limit_of::concurrent;
  r.max.value = 4;
  r.per.reset();
  r.by = config::limit_by::all;
  CHECK(extent_of(r) == "4 requests at once");
}

TEST_CASE("names of limits lead back to them, of rows and of others", "[routes]") {
  const scene s(good(limited({daily_spend(), bursts()})));
  CHECK(find_limit(*s.rules, "bursts") == 1);
  CHECK_FALSE(find_limit(*s.rules, "key_budget"));
  for (const auto index : {key_budget_limit, key_rate_limit, query_cost_limit, unpriced_limit}) {
    CHECK(special_limit(special_limit_word(index)) == index);
    CHECK(limit_name(*s.rules, index) == special_limit_word(index));
  }
  CHECK(limit_name(*s.rules, 1) == "bursts");
  CHECK(limit_name(*s.rules, none_index).empty());
}

TEST_CASE("too many limits are refused", "[routes]") {
  std::vector<config::limit> many(max_limits + 1, bursts());
  CHECK(has_code(compile(limited(many)).found, "R006"));
  many.pop_back();
  CHECK(compile(limited(many)).value);
}

TEST_CASE("a selector in `then` that names nothing is an error", "[routes]") {
  auto l = bursts();
  l.then = then_deny(one_target("cloud/lrge"));
  CHECK(has_code(compile(limited({l})).found, "R007"));
}
