// Who may be asked beside a silent target, and when.
#include "tests/unit/routes/attempt_run.hpp"

#include <utility>

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

namespace {

config::configuration racing(config::selector_list with = {}, std::optional<millis> after = millis{350}) {
  auto c = three_tiers();
  config::attempts_entry e;
  e.name = "default";
  e.first_token = config::token_clock{millis{700}, millis{0}};
  e.race = config::race_config{after, std::move(with), {}};
  c.attempts = {e};
  c.models[0].entries = {"cloud/large", "homelab/middle", "phone/small"};
  return c;
}

// The first attempt is under way; who races it?
std::string racer(run& q, std::string_view running = "cloud/large") {
  const auto s = q.sequence->race(q.in(), q.find(running));
  return s ? q.rules->targets()[s->target].name : "nobody";
}

}  // namespace

TEST_CASE("without `race` nobody is asked beside a silent target", "[routes]") {
  run q;
  q.expect("phone/small");
  CHECK_FALSE(q.sequence->race_after(q.in(), q.find("phone/small")));
}

TEST_CASE("the delay is the policy's, or the silent target's own p90 once that is known", "[routes]") {
  run fixed(racing());
  CHECK(fixed.sequence->race_after(fixed.in(), 0) == millis{350});
  run own(racing({}, std::nullopt));
  const auto large = own.find("cloud/large");
  CHECK_FALSE(own.sequence->race_after(own.in(), large));
  own.targets[large].first_token_p90 = millis{900};
  CHECK(own.sequence->race_after(own.in(), large) == millis{900});
}

TEST_CASE("the next of the plan races, or the first that `with` names", "[routes]") {
  run next(racing());
  next.expect("cloud/large");
  CHECK(racer(next) == "homelab/middle");
  run device(racing({tiers({tier::device})}));
  device.expect("cloud/large");
  CHECK(racer(device) == "phone/small");
  CHECK(device.sequence->attempts() == 2);
}

TEST_CASE("a racer that would be too late, is down or was asked already does not race", "[routes]") {
  run q(racing());
  q.expect("cloud/large");
  q.targets[q.find("homelab/middle")].first_token = millis{701};
  q.targets[q.find("phone/small")].breaker_admits = false;
  CHECK(racer(q) == "nobody");
  q.targets[q.find("homelab/middle")].first_token = millis{700};
  CHECK(racer(q) == "homelab/middle");
  CHECK(racer(q) == "nobody");
}

TEST_CASE("a guard that began to apply keeps a target out of the race", "[routes][P3]") {
  auto c = racing();
  c.guards = {guard("home", when("privacy", {word("private")}))};
  c.guards[0].allow = {tiers({tier::remote})};
  run q(std::move(c));
  q.expect("cloud/large");
  q.asked.privacy = config::privacy_level::private_;
  CHECK(racer(q) == "nobody");
}

TEST_CASE("a race is an attempt: the total and the retry budget hold", "[routes][P4]") {
  auto c = racing();
  c.attempts[0].total = 1;
  run spent(std::move(c));
  spent.expect("cloud/large");
  CHECK(racer(spent) == "nobody");
  retry_budget none_left;
  while (none_left.take(at(1'000'000))) {
  }
  run poor(racing(), {}, &none_left);
  poor.expect("cloud/large");
  CHECK(racer(poor) == "nobody");
}

TEST_CASE("a large body is not sent twice over a metered link", "[routes][P4]") {
  run q(racing());
  q.expect("cloud/large");
  q.now_true.metered = true;
  q.asked.body_bytes = 200'000;
  CHECK(racer(q) == "phone/small");
}

TEST_CASE("the device does not race on a low battery, unless it is charging", "[routes]") {
  run q(racing({tiers({tier::device})}));
  q.expect("cloud/large");
  q.now_true.battery = 12;
  CHECK(racer(q) == "nobody");
  q.now_true.charging = true;
  CHECK(racer(q) == "phone/small");
}

TEST_CASE("a target whose median first token comes after the deadline is not begun", "[routes]") {
  run q(three_tiers(), millis{500});
  for (auto& s : q.targets) s.first_token_median = millis{600};
  q.expect_end(504, "deadline_exceeded");
  q.targets[q.find("homelab/middle")].first_token_median = millis{400};
  q.expect("homelab/middle");
}

TEST_CASE("what is left of the deadline shrinks while attempts fail", "[routes]") {
  run q(three_tiers(), millis{1'000});
  for (auto& s : q.targets) s.first_token_median = millis{600};
  q.expect("phone/small");
  q.now += millis{500};
  q.fail("phone/small", seen(error_kind::timeout));
  CHECK(q.next().kind == step_kind::give_up);
}
