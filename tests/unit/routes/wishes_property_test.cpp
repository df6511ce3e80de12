// Whatever a client wishes, it gets nothing that the guards keep from it without wishes.
#include "routes/attempt_sequence.hpp"
#include "tests/unit/routes/dice.hpp"
#include "tests/unit/routes/make.hpp"

#include <algorithm>
#include <set>

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

namespace {

const std::vector<std::string> all_names{"auto", "near", "far", "mixed"};
const std::vector<std::string> slugs{"device", "self_hosted", "remote", "phone",     "HomeLab", "cloud",
                                     "hub",    "cloud/large", "nobody", "deepinfra", "hub/huge"};

config::selector any_selector(dice& d) {
  switch (d.below(3)) {
    case 0:
      return tiers({d.of({tier::device, tier::self_hosted, tier::remote})});
    case 1:
      return one_provider(d.of({"phone", "homelab", "cloud", "hub"}));
    default:
      return one_target(d.of({"phone/small", "homelab/middle", "cloud/large", "hub/huge", "hub/fast"}));
  }
}

config::configuration random_house(dice& d) {
  auto c = three_tiers();
  auto hub = provider("hub", tier::remote, {model("huge"), model("fast")});
  hub.preset = "openrouter";
  c.providers.push_back(hub);
  for (auto& p : c.providers) p.retention = d.of({"", "none", "30d"});
  c.models = {name("auto", {"phone/small", "homelab/middle", "cloud/large", "hub/huge", "hub/fast"}),
              name("near", {"phone/small", "homelab/middle"}), name("far", {"hub/fast", "cloud/large"}),
              name("mixed", {"hub/huge", "phone/small"})};
  for (std::size_t i = d.below(4); i > 0; --i) {
    auto g = guard("g" + std::to_string(i), d.one_in(3) ? when("model", {word(d.of({"near", "far", "auto"}))})
                                                        : when("metered", {flag(d.one_in(2))}));
    g.advisory = true;
    (d.one_in(2) ? g.allow : g.deny) = {any_selector(d)};
    c.guards.push_back(g);
  }
  auto r = rule("r", d.one_in(2) ? config::condition{} : when("privacy", {word("private")}));
  if (d.one_in(2)) r.only = {any_selector(d), any_selector(d)};
  if (d.one_in(2)) r.prefer = {{any_selector(d)}};
  r.order = d.of({config::order_by::listed, config::order_by::price, config::order_by::balanced});
  c.rules = {r};
  c.stick = config::stick_config{};
  return c;
}

std::vector<std::string> some(dice& d, const std::vector<std::string>& of, std::size_t at_most) {
  std::vector<std::string> out;
  for (std::size_t i = d.below(at_most + 1); i > 0; --i) out.push_back(of[d.below(of.size())]);
  return out;
}

client_wishes random_wishes(dice& d) {
  client_wishes w;
  if (d.one_in(2)) w.models = some(d, all_names, 3);
  if (d.one_in(2)) w.order = some(d, slugs, 3);
  if (d.one_in(3)) w.only = some(d, slugs, 3);
  if (d.one_in(3)) w.ignore = some(d, slugs, 2);
  w.fallbacks = !d.one_in(5);
  w.no_retention = d.one_in(5);
  w.free_only = d.one_in(9);
  w.openrouter_only = d.one_in(9);
  w.across_models = d.one_in(4);
  if (d.one_in(9)) w.quantizations = quantization_bits(d.of({"fp8", "unknown"}));
  if (d.one_in(3)) w.sort = d.of({config::order_by::price, config::order_by::latency});
  if (d.one_in(6)) w.max_price_input = static_cast<double>(d.below(5));
  return w;
}

void shake(dice& d, scene& s) {
  s.now_true.metered = d.one_in(3) ? sensed<bool>{} : sensed<bool>{d.one_in(2)};
  for (auto& t : s.targets) {
    t.breaker_admits = !d.one_in(5);
    t.queue_full = d.one_in(7);
    t.off_until = d.one_in(9) ? s.now + millis{1'000} : instant{};
    t.last_until = d.one_in(9) ? s.now + millis{1'000} : instant{};
  }
}

std::set<target_index> plan_of(const scene& s, std::string_view name) {
  query plain = s.asked;
  plain.wishes = nullptr;
  plain.model = name;
  plan p;
  trace why;
  evaluate({*s.rules, plain, s.now_true, s.targets, s.now, s.seed, s.sticky}, p, why);
  return {p.order.begin(), p.order.begin() + static_cast<std::ptrdiff_t>(p.size)};
}

}  // namespace

TEST_CASE("the plan with wishes is part of the plans without, of the name and of `models`", "[routes][P3]") {
  std::size_t smaller = 0;
  std::size_t larger = 0;
  std::size_t tried = 0;
  for (std::uint64_t seed = 1; seed <= 3'000; ++seed) {
    INFO("seed " << seed);
    dice d(seed);
    scene s(good(random_house(d)));
    shake(d, s);
    s.asked.model = all_names[d.below(all_names.size())];
    s.asked.privacy = static_cast<config::privacy_level>(d.below(3));
    s.asked.tools = d.one_in(3);
    if (d.one_in(2)) s.sticky = {static_cast<target_index>(d.below(s.targets.size())), s.now};
    const auto own = plan_of(s, s.asked.model);
    auto allowed = own;
    const auto w = random_wishes(d);
    for (const auto& name : w.models) allowed.merge(plan_of(s, name));
    s.asked.wishes = &w;
    s.evaluate();
    std::set<target_index> got;
    for (std::size_t i = 0; i < s.out.size; ++i) {
      REQUIRE(allowed.contains(s.out.order[i]));
      REQUIRE(got.insert(s.out.order[i]).second);
    }
    smaller += got.size() < own.size() ? 1 : 0;
    larger += got.size() > own.size() ? 1 : 0;
    if (s.out.size == 0) {
      REQUIRE_FALSE(explain_empty(*s.rules, s.asked, s.out, s.why).message.empty());
      continue;
    }
    // And before each attempt, with other facts.
    attempt_sequence sequence(*s.rules, s.out, s.now, std::nullopt);
    for (int i = 0; i < 6; ++i) {
      shake(d, s);
      const auto step = sequence.next(s.in());
      if (step.kind != step_kind::attempt) break;
      ++tried;
      auto now_allowed = plan_of(s, s.asked.model);
      for (const auto& name : w.models) now_allowed.merge(plan_of(s, name));
      REQUIRE(now_allowed.contains(step.target));
      sequence.failed(step.target, make_error(error_kind::connect, ""), s.now);
    }
  }
  // The property would hold of nothing at all, too.
  CHECK(smaller > 500);
  CHECK(larger > 200);
  CHECK(tried > 1'000);
}
