// Targets switched by hand: `off` and `last` narrow, expire, and nothing breaks them.
#include "tests/unit/routes/attempt_run.hpp"

#include "routes/explain.hpp"

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

TEST_CASE("a target that is off is not asked, and says so", "[routes]") {
  run q;
  q.targets[q.find("phone/small")].off_until = q.now + millis{60'000};
  CHECK(q.verdict_on("phone/small").reason == drop_reason::off);
  CHECK_FALSE(is_permanent(drop_reason::off));
  CHECK(drop_text(q.in(), q.verdict_on("phone/small")) == "switched off by hand, again in 60 s");
  q.expect("homelab/middle");
}

TEST_CASE("off ends by itself", "[routes]") {
  run q;
  q.targets[q.find("phone/small")].off_until = q.now + millis{60'000};
  q.now += millis{60'000};
  q.expect("phone/small");
}

TEST_CASE("off is never broken, though nothing else is left", "[routes]") {
  run q(only({"phone/small"}));
  auto& small = q.targets[q.find("phone/small")];
  small.off_until = q.now + millis{60'000};
  small.breaker_admits = false;
  const auto s = q.expect_end(503, "no_target_available");
  CHECK(contains(s.message, "phone/small: not tried, switched off by hand"));
}

TEST_CASE("off between two attempts stops the second", "[routes]") {
  run q(only({"phone/small"}));
  q.expect_and_fail("phone/small", seen(error_kind::server_error));
  q.targets[q.find("phone/small")].off_until = q.now + millis{60'000};
  q.expect_end(502, "all_attempts_failed");
}

TEST_CASE("off beats a stale connection's second try", "[routes]") {
  run q(only({"phone/small"}));
  q.expect_and_fail("phone/small", seen(error_kind::stale));
  q.targets[q.find("phone/small")].off_until = q.now + millis{60'000};
  q.expect_end(503, "no_target_available");
}

TEST_CASE("last puts a target behind all others, demoted ones too, until it expires", "[routes]") {
  auto c = three_tiers();
  auto r = rule("good-ones");
  r.min_quality = 1'000;
  c.rules = {r};
  scene s(good(c));
  CHECK(s.order() == names{"homelab/middle", "cloud/large", "phone/small"});
  s.targets[s.find("homelab/middle")].last_until = s.now + millis{1'000};
  CHECK(s.order() == names{"cloud/large", "phone/small", "homelab/middle"});
  s.now += millis{1'000};
  CHECK(s.order() == names{"homelab/middle", "cloud/large", "phone/small"});
}

TEST_CASE("last holds without any rule", "[routes]") {
  scene s(good(three_tiers()));
  s.targets[s.find("phone/small")].last_until = s.now + millis{1'000};
  CHECK(s.order() == names{"homelab/middle", "cloud/large", "phone/small"});
}
