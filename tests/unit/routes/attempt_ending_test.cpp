// What holds a target back for the moment, guards between attempts, and how it ends.
#include "tests/unit/routes/attempt_run.hpp"

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

TEST_CASE("targets held back for the moment are passed over and taken when they are back", "[routes][P1]") {
  run q;
  q.targets[q.find("phone/small")].breaker_admits = false;
  q.expect_and_fail("homelab/middle", seen(error_kind::timeout));
  q.targets[q.find("phone/small")].breaker_admits = true;
  q.expect("phone/small");
}

TEST_CASE("when breakers alone emptied the list the one that comes back first is tried", "[routes][P1]") {
  run q;
  for (auto& t : q.targets) t.breaker_admits = false;
  q.targets[0].breaker_reopens = q.now + millis{9'000};
  q.targets[1].breaker_reopens = q.now + millis{4'000};
  q.targets[2].breaker_reopens = q.now + millis{5'000};
  const auto s = q.next();
  REQUIRE(s.kind == step_kind::attempt);
  CHECK(q.rules->targets()[s.target].name == "homelab/middle");
  CHECK(s.last_candidate);
  q.fail("homelab/middle", seen(error_kind::timeout));
  q.expect_end(502, "all_attempts_failed");
}

TEST_CASE("an unreachable target is tried when there is nothing else", "[routes][P1]") {
  run q(only({"cloud/large"}));
  q.now_true.network = network_state::offline;
  q.expect("cloud/large");
}

TEST_CASE("a breaker that names its moment goes before a link that nobody can foretell", "[routes][P1]") {
  run q(only({"cloud/large", "phone/small"}));
  q.now_true.network = network_state::offline;
  q.targets[q.find("phone/small")].breaker_admits = false;
  q.targets[q.find("phone/small")].breaker_reopens = q.now + millis{60'000};
  q.expect("phone/small");
}

TEST_CASE("a 429 park is waited out within retry_after_max", "[routes][P1]") {
  run q(only({"cloud/large"}));
  q.targets[q.find("cloud/large")].parked = {park_reason::rate_limited, q.now + millis{2'500}};
  const auto s = q.next();
  REQUIRE(s.kind == step_kind::wait);
  CHECK(s.delay == millis{2'500});
  q.now += s.delay;
  q.expect("cloud/large");
}

TEST_CASE("a longer 429 park is answered with 429 and the shortest Retry-After", "[routes][P1]") {
  run q(only({"phone/small", "cloud/large"}));
  q.targets[q.find("phone/small")].parked = {park_reason::rate_limited, q.now + millis{9'000}};
  q.targets[q.find("cloud/large")].parked = {park_reason::rate_limited, q.now + millis{8'000}};
  CHECK(q.expect_end(429, "rate_limited").retry_after == millis{8'000});
}

TEST_CASE("parks of a refused key or a spent quota are never broken", "[routes][P4]") {
  run refused(only({"cloud/large"}));
  refused.targets[refused.find("cloud/large")].parked = {park_reason::auth, instant::max()};
  refused.expect_end(502, "provider_auth");
  run spent(only({"cloud/large"}));
  spent.targets[spent.find("cloud/large")].parked = {park_reason::exhausted, instant::max()};
  spent.expect_end(503, "no_target_available");
}

TEST_CASE("an absent target is never tried", "[routes]") {
  run q(only({"cloud/large"}));
  q.targets[q.find("cloud/large")].absent = true;
  CHECK(contains(q.expect_end(503, "no_target_available").message, "cloud/large: not tried, absent"));
}

TEST_CASE("a place is waited for as long as the provider's queue says", "[routes][P1]") {
  auto c = only({"homelab/middle"});
  c.providers[1].queue = config::queue_config{8, millis{100}};
  run q(c);
  auto& lab = q.targets[q.find("homelab/middle")];
  lab.queue_full = true;
  lab.queue_room = true;
  auto s = q.next();
  REQUIRE(s.kind == step_kind::queue);
  CHECK(s.lines == std::vector{q.find("homelab/middle")});
  CHECK(s.delay == millis{100});
  SECTION("and in vain") {
    q.now += millis{60};
    s = q.next();
    REQUIRE(s.kind == step_kind::queue);
    CHECK(s.delay == millis{40});
    q.now += millis{40};
    const auto end = q.expect_end(503, "no_target_available");
    CHECK(end.retry_after);
  }
  SECTION("and got") {
    lab.queue_full = false;
    CHECK(q.next().kind == step_kind::attempt);
  }
  SECTION("not beyond the deadline") {
    q.sequence.emplace(*q.rules, q.out, q.now, millis{30});
    s = q.next();
    REQUIRE(s.kind == step_kind::queue);
    CHECK(s.delay == millis{30});
    q.now += millis{30};
    q.expect_end(504, "deadline_exceeded");
  }
}

TEST_CASE("nobody waits in a line that is full, or where there is none", "[routes]") {
  auto c = only({"homelab/middle"});
  SECTION("full") {
    c.providers[1].queue = config::queue_config{8, millis{100}};
  }
  SECTION("none") {}
  run q(c);
  auto& lab = q.targets[q.find("homelab/middle")];
  lab.queue_full = true;
  lab.queue_room = !c.providers[1].queue.has_value();
  const auto end = q.expect_end(503, "no_target_available");
  CHECK(contains(end.message, "its queue is full"));
}

TEST_CASE("a busy provider is waited for only when the others cannot answer", "[routes][P1]") {
  auto c = only({"homelab/middle", "cloud/large"});
  c.providers[1].queue = config::queue_config{8, millis{100}};
  run q(c);
  auto& lab = q.targets[q.find("homelab/middle")];
  lab.queue_full = true;
  lab.queue_room = true;
  q.expect_and_fail("cloud/large", seen(error_kind::timeout));
  CHECK(q.next().kind == step_kind::queue);
}

TEST_CASE("a query waits in the lines of all providers that may take it", "[routes]") {
  auto c = only({"phone/small", "homelab/middle"});
  c.providers[0].queue = config::queue_config{8, millis{50}};
  c.providers[1].queue = config::queue_config{8, millis{100}};
  run q(c);
  for (auto& t : q.targets) t.queue_full = t.queue_room = true;
  const auto s = q.next();
  REQUIRE(s.kind == step_kind::queue);
  CHECK(s.lines == std::vector{q.find("phone/small"), q.find("homelab/middle")});
  CHECK(s.delay == millis{100});
}

TEST_CASE("an attempt that could not start is none", "[routes]") {
  run q(only({"homelab/middle"}));
  REQUIRE(q.next().kind == step_kind::attempt);
  q.sequence->not_started(q.find("homelab/middle"));
  CHECK(q.sequence->attempts() == 0);
  REQUIRE(q.next().kind == step_kind::attempt);
  CHECK(q.sequence->attempts() == 1);
}

TEST_CASE("a guard that closes between attempts keeps its targets away for good", "[routes][P3]") {
  auto c = three_tiers();
  auto g = guard("no-bills", when("metered", {flag(true)}));
  g.deny = {tiers({tier::remote})};
  c.guards = {g};
  run q(c);
  q.now_true.metered = false;
  q.evaluate();
  REQUIRE(q.out.size == 3);
  q.sequence.emplace(*q.rules, q.out, q.now, std::nullopt);
  q.expect_and_fail("phone/small", seen(error_kind::timeout));
  q.now_true.metered = std::nullopt;
  q.expect_and_fail("homelab/middle", seen(error_kind::server_error));
  q.now_true.metered = false;
  q.expect_and_fail("homelab/middle", seen(error_kind::server_error));
  const auto s = q.expect_end(502, "all_attempts_failed");
  CHECK(contains(s.message, "cloud/large: not tried, a guard took it away"));
}

TEST_CASE("a guard that closes on a stale connection stops the second try", "[routes][P3]") {
  auto c = only({"cloud/large"});
  auto g = guard("no-bills", when("metered", {flag(true)}));
  g.deny = {tiers({tier::remote})};
  c.guards = {g};
  run q(c);
  q.now_true.metered = false;
  q.evaluate();
  q.sequence.emplace(*q.rules, q.out, q.now, std::nullopt);
  q.expect_and_fail("cloud/large", seen(error_kind::stale));
  q.now_true.metered = true;
  const auto s = q.expect_end(403, "guard");
  CHECK(contains(s.message, "guard no-bills"));
}

TEST_CASE("an empty plan ends as its refusal", "[routes]") {
  auto c = three_tiers();
  auto g = guard("nothing", {});
  g.deny = {tiers({tier::device, tier::self_hosted, tier::remote})};
  c.guards = {g};
  run q(c);
  q.expect_end(403, "guard");
  q.asked.model = "nobody";
  q.evaluate();
  q.sequence.emplace(*q.rules, q.out, q.now, std::nullopt);
  q.expect_end(404, "model_not_found");
}
