#include "routes/explain.hpp"
#include "routes/explanation.hpp"

#include "tests/unit/routes/make.hpp"

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

namespace {

scene house() {
  auto c = three_tiers();
  auto home = guard("private-stays-home", when("privacy", {word("private")}));
  home.where = {20, 5, 4};
  home.allow = {tiers({tier::device, tier::self_hosted})};
  auto bills = guard("no-roaming-bills", when("metered", {flag(true)}));
  bills.where = {30, 5, 4};
  bills.deny = {tiers({tier::remote})};
  bills.unless = when("key", {word("travel")});
  c.guards = {home, bills};
  auto battery = rule("save-battery", when("battery", {number(config::compare_op::less, 20)}));
  battery.where = {37, 5, 4};
  battery.prefer = {{tiers({tier::self_hosted})}};
  c.rules = {battery};
  scene s(good(c));
  s.asked.input_tokens = 5'120;
  s.asked.output_tokens = 4'096;
  s.now_true.battery = 12;
  s.now_true.metered = true;
  return s;
}

std::string told(scene& s) {
  s.evaluate();
  return explain(s.in(), s.out, s.why);
}

bool contains(const std::string& text, std::string_view part) {
  UNSCOPED_INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("explain says target, facts, guards, dropped and order", "[routes][P5]") {
  auto s = house();
  CHECK(
      told(s) ==
      "target   homelab/middle (self_hosted)   rule save-battery  nearfar.yaml:37   attempts default   "
      "revision "
      "0123456789ab\n"
      "facts    model=auto  privacy=internal  input_tokens=5120  output_tokens=4096  network=online  lan=up  "
      "metered=yes  key=not given  battery=12%\n"
      "guards   private-stays-home       no      privacy is internal, wants private\n"
      "         no-roaming-bills         YES     metered is yes, wants yes\n"
      "dropped  phone/small              context 8000 < 5120 + 4096\n"
      "         cloud/large              guard no-roaming-bills  nearfar.yaml:30\n"
      "order    homelab/middle\n");
}

TEST_CASE("explain says unknown and lifted", "[routes][P5]") {
  auto s = house();
  s.now_true.metered.reset();
  CHECK(contains(told(s), "no-roaming-bills         UNKNOWN metered is unknown, wants yes"));
  s.asked.key = "travel";
  CHECK(contains(told(s), "no-roaming-bills         lifted  key is travel, wants travel"));
}

TEST_CASE("explain marks what is looked at again", "[routes][P5]") {
  auto s = house();
  s.asked.key = "travel";
  s.targets[s.find("homelab/middle")].breaker_admits = false;
  s.targets[s.find("homelab/middle")].breaker_reopens = s.now + millis{3'200};
  const auto text = told(s);
  CHECK(contains(text, "target   cloud/large (remote)"));
  CHECK(contains(text, "homelab/middle           breaker open, again in 4 s  (looked at again)"));
  CHECK(contains(text, "order    homelab/middle, cloud/large\n"));
}

TEST_CASE("explain of an empty plan says so", "[routes][P5]") {
  auto s = house();
  s.asked.privacy = config::privacy_level::private_;
  s.asked.input_tokens = 100'000;
  const auto text = told(s);
  CHECK(contains(text, "target   none"));
  CHECK(contains(text, "order    nothing left\n"));
}

TEST_CASE("every reason has words", "[routes][P5]") {
  auto s = house();
  const auto text = [&](drop_reason reason, const char* target) {
    return drop_text(s.in(), {s.find(target), reason, none_index});
  };
  for (auto r = drop_reason::kept; r <= drop_reason::absent;
       r = static_cast<drop_reason>(static_cast<unsigned>(r) + 1)) {
    CHECK(text(r, "cloud/large") != "dropped");
    CHECK_FALSE(to_string(r).empty());
  }
  s.now_true.network = network_state::portal;
  CHECK(text(drop_reason::unreachable, "cloud/large") == "unreachable, network is portal");
  CHECK(text(drop_reason::unreachable, "homelab/middle") == "unreachable, lan is down");
  s.targets[s.find("cloud/large")].parked = {park_reason::rate_limited, s.now + millis{1'500}};
  CHECK(text(drop_reason::parked, "cloud/large") == "rate limited, again in 2 s");
}

TEST_CASE("the values of headers are not repeated", "[routes]") {
  auto c = three_tiers();
  c.rules = {rule("r", when("header", {config::header_test{"x-user", "alice", false}}))};
  scene s(good(c));
  const std::array<header_view, 1> sent{{{"x-user", "a-secret-somebody-sent"}}};
  s.now_true.headers = sent;
  CHECK_FALSE(contains(told(s), "a-secret-somebody-sent"));
}

TEST_CASE("what has ended says so, and not that its condition failed", "[routes][P5]") {
  auto c = three_tiers();
  c.guards = {guard("old-wall", when("metered", {flag(true)}))};
  c.guards[0].deny = {tiers({tier::remote})};
  c.guards[0].until = "2026-12-01T08:00Z";
  c.rules = {rule("old"), rule("default")};
  c.rules[0].until = "2026-12-01T08:00Z";
  scene s(good(c));
  s.now_true.metered = true;
  s.now_true.now.unix_seconds = 1'796'112'000;  // 2026-12-01T08:00Z
  s.evaluate();
  const auto e = explained(s.in(), s.out, s.why);
  CHECK(e.rule == "default");
  CHECK(e.guards[0].answer == "no");
  CHECK(e.guards[0].because == "its `until` has passed");
  CHECK(e.rules[0].because == "its `until` has passed");
  CHECK(e.rules[1].because == "always");
}
