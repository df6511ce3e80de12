// Over random policies, facts, states, failures, hints, sticky hits, switches and moments: what a guard
// forbids is in no plan and in no attempt.
#include "routes/attempt_sequence.hpp"
#include "routes/fact_table.hpp"
#include "routes/selectors.hpp"
#include "tests/unit/routes/dice.hpp"
#include "tests/unit/routes/make.hpp"

#include <fmt/format.h>

#include <array>

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

namespace {

config::condition random_condition(dice& d, int depth) {
  if (depth > 0 && d.one_in(2)) {
    std::vector<config::condition> children;
    for (std::size_t i = d.below(3) + 1; i > 0; --i) children.push_back(random_condition(d, depth - 1));
    if (d.one_in(3)) return negate(std::move(children.front()));
    return d.one_in(2) ? all(std::move(children)) : any(std::move(children));
  }
  switch (d.below(13)) {
    case 0:
      return when("privacy", {word(d.of({"public", "internal", "private"}))});
    case 1:
      return when("network", {word(d.of({"online", "degraded", "portal", "offline"}))});
    case 2:
      return when("metered", {flag(d.one_in(2))});
    case 3:
      return when("battery", {number(config::compare_op::less, static_cast<double>(d.below(100)))});
    case 4:
      return when("tag", {word(d.of({"voice", "batch"}))});
    case 5:
      return when("worn", {flag(d.one_in(2))});
    case 6:
      return when("key", {word(d.of({"travel", "office"}))});
    case 7:
      return when("roaming", {flag(d.one_in(2))});
    case 8:
      return when("charging", {flag(d.one_in(2))});
    case 9:
      return when("lan", {word(d.of({"up", "down"}))});
    case 10:
      return when("thermal", {word(d.of({"nominal", "fair", "serious", "critical"}))});
    case 11:
      return when("bucket", {number(config::compare_op::less, static_cast<double>(d.below(101)))});
    default:
      return config::condition{};
  }
}

config::selector random_selector(dice& d) {
  config::selector s;
  if (d.one_in(2)) s.tiers = {d.of({tier::device, tier::self_hosted, tier::remote})};
  if (d.one_in(3)) s.providers = {fmt::format("p{}", d.below(5))};
  if (d.one_in(4)) s.regions = {d.of<std::string>({"eu", "us"})};
  if (d.one_in(4)) s.labels = {"tested"};
  if (d.one_in(5)) s.price_output = config::number_test{config::compare_op::less, 10, 0};
  if (d.one_in(5)) s.quality = config::number_test{config::compare_op::greater, 1'000, 0};
  return s;
}

config::selector_list random_selectors(dice& d) {
  config::selector_list list;
  for (std::size_t i = d.below(3); i > 0; --i) list.push_back(random_selector(d));
  return list;
}

// The moment of the scene, and ends around it.
constexpr std::int64_t unix_now = 1'796'108'400;  // 2026-12-01T07:00Z
constexpr std::int64_t end_at = unix_now + 10;
constexpr const char* end_text = "2026-12-01T07:00:10Z";

config::configuration random_policy(dice& d) {
  config::configuration c;
  if (d.one_in(2)) c.stick = config::stick_config{};
  std::vector<std::string> entries;
  for (std::size_t p = 0; p < 5; ++p) {
    auto made = provider(fmt::format("p{}", p), d.of({tier::device, tier::self_hosted, tier::remote}), {});
    if (d.one_in(2)) made.region = d.of<std::string>({"eu", "us"});
    if (d.one_in(2)) {
      made.concurrent = 1;
      made.queue = config::queue_config{4, millis{500}};
    }
    if (d.one_in(2)) made.labels = {d.of<std::string>({"tested", "new"})};
    for (std::size_t m = d.below(3) + 1; m > 0; --m) {
      auto each = model(fmt::format("m{}", m));
      if (d.one_in(2)) each.context = 1'000 * (d.below(30) + 1);
      if (d.one_in(2)) each.quality = static_cast<int>(800 + d.below(600));
      if (d.one_in(2))
        each.cost = config::price{1.0, static_cast<double>(d.below(20)), {}, {}, d.one_in(5), {}};
      entries.push_back(made.name + "/" + each.id);
      made.models.push_back(each);
    }
    c.providers.push_back(made);
  }
  c.models = {name("auto", entries)};
  config::fact_config worn;
  worn.name = "worn";
  worn.type = config::fact_type::boolean;
  c.facts = {worn};
  for (std::size_t i = d.below(4) + 1; i > 0; --i) {
    auto g = guard(fmt::format("g{}", i), random_condition(d, 2));
    g.allow = random_selectors(d);
    g.deny = random_selectors(d);
    if (d.one_in(3)) g.unless = random_condition(d, 1);
    if (d.one_in(4)) g.until = end_text;
    g.advisory = true;  // so that conditions may be of any kind
    c.guards.push_back(g);
  }
  for (std::size_t i = d.below(4); i > 0; --i) {
    auto r = rule(fmt::format("r{}", i), random_condition(d, 2));
    r.only = d.one_in(3) ? random_selectors(d) : config::selector_list{};
    for (std::size_t rank = d.below(3); rank > 0; --rank) r.prefer.push_back(random_selectors(d));
    r.order = d.of({config::order_by::listed, config::order_by::price, config::order_by::latency,
                    config::order_by::throughput, config::order_by::quality, config::order_by::balanced});
    if (d.one_in(3)) r.min_quality = 1'000;
    if (d.one_in(4)) r.until = end_text;
    c.rules.push_back(r);
  }
  return c;
}

void shake_facts(dice& d, scene& s, std::vector<declared_value>& worn) {
  auto& f = s.now_true;
  const auto maybe = [&](auto value) {
    return d.one_in(4) ? decltype(std::optional{value}){} : std::optional{value};
  };
  f.network = maybe(static_cast<network_state>(d.below(4)));
  f.lan = maybe(static_cast<lan_state>(d.below(2)));
  f.metered = maybe(d.one_in(2));
  f.roaming = maybe(d.one_in(2));
  f.charging = maybe(d.one_in(2));
  f.thermal = maybe(static_cast<thermal_state>(d.below(4)));
  f.battery = maybe(static_cast<double>(d.below(101)));
  worn = {d.one_in(3) ? declared_value{} : declared_value{d.one_in(2)}};
  f.declared = worn;
  f.now.unix_seconds = unix_now + static_cast<std::int64_t>(d.below(20));
}

void shake_states(dice& d, scene& s) {
  for (auto& t : s.targets) {
    t = {};
    t.breaker_admits = !d.one_in(4);
    t.breaker_reopens = s.now + millis{static_cast<std::int64_t>(d.below(5'000))};
    if (d.one_in(6)) t.parked = {d.of({park_reason::rate_limited, park_reason::auth}), s.now + millis{1'000}};
    t.absent = d.one_in(10);
    t.queue_full = d.one_in(6);
    t.queue_room = d.one_in(2);
    if (d.one_in(8)) t.off_until = s.now + millis{static_cast<std::int64_t>(d.below(2'000))};
    if (d.one_in(8)) t.last_until = s.now + millis{static_cast<std::int64_t>(d.below(2'000))};
    if (d.one_in(2)) t.first_token = millis{static_cast<std::int64_t>(d.below(3'000))};
    if (d.one_in(2)) t.tokens_per_second = static_cast<double>(d.below(200));
    t.failure_share = static_cast<double>(d.below(100)) / 100;
  }
}

// Kleene once more, straight from the tree of the file: an oracle that shares no table with the compiler.
truth oracle(const config::condition& c, const scene& s) {
  using config::condition_kind;
  switch (c.kind) {
    case condition_kind::always:
      return truth::yes;
    case condition_kind::negate: {
      const auto t = oracle(c.children.front(), s);
      return t == truth::unknown ? t : t == truth::yes ? truth::no : truth::yes;
    }
    case condition_kind::all:
    case condition_kind::any: {
      const auto stop = c.kind == condition_kind::all ? truth::no : truth::yes;
      bool doubt = false;
      for (const auto& child : c.children) {
        const auto t = oracle(child, s);
        if (t == stop) return stop;
        doubt = doubt || t == truth::unknown;
      }
      return doubt ? truth::unknown : stop == truth::no ? truth::yes : truth::no;
    }
    case condition_kind::test:
      break;
  }
  const auto& f = s.now_true;
  const auto& value = c.test.any_of.front();
  const auto is = [](bool b) { return b ? truth::yes : truth::no; };
  const auto index = [&](std::initializer_list<std::string_view> list) {
    std::size_t i = 0;
    while (list.begin()[i] != std::get<std::string>(value)) ++i;
    return i;
  };
  if (c.test.fact == "privacy") {
    return is(static_cast<std::size_t>(s.asked.privacy) == index({"public", "internal", "private"}));
  }
  if (c.test.fact == "network") {
    if (!f.network) return truth::unknown;
    return is(static_cast<std::size_t>(*f.network) == index({"online", "degraded", "portal", "offline"}));
  }
  if (c.test.fact == "lan") {
    if (!f.lan) return truth::unknown;
    return is(static_cast<std::size_t>(*f.lan) == index({"up", "down"}));
  }
  if (c.test.fact == "thermal") {
    if (!f.thermal) return truth::unknown;
    return is(static_cast<std::size_t>(*f.thermal) == index({"nominal", "fair", "serious", "critical"}));
  }
  if (c.test.fact == "roaming") return f.roaming ? is(*f.roaming == std::get<bool>(value)) : truth::unknown;
  if (c.test.fact == "charging")
    return f.charging ? is(*f.charging == std::get<bool>(value)) : truth::unknown;
  if (c.test.fact == "key") return is(s.asked.key == std::get<std::string>(value));
  if (c.test.fact == "tag") return is(s.asked.tag == std::get<std::string>(value));
  if (c.test.fact == "metered") return f.metered ? is(*f.metered == std::get<bool>(value)) : truth::unknown;
  if (c.test.fact == "battery") {
    return f.battery ? is(*f.battery < std::get<config::number_test>(value).low) : truth::unknown;
  }
  if (c.test.fact == "bucket") {
    return is(bucket_of(s.asked) < std::get<config::number_test>(value).low);
  }
  const auto* worn = std::get_if<bool>(&f.declared[0]);
  return worn ? is(*worn == std::get<bool>(value)) : truth::unknown;
}

bool forbidden(const scene& s, target_index i) {
  const auto& c = s.rules->configuration();
  const auto& t = s.rules->targets()[i];
  for (const auto& g : c.guards) {
    if (g.until && s.now_true.now.unix_seconds >= end_at) continue;
    if (oracle(g.when, s) == truth::no) continue;
    if (g.unless && oracle(*g.unless, s) == truth::yes) continue;
    if (!g.allow.empty() && matches(g.allow, t, c) != truth::yes) return true;
    if (!g.deny.empty() && matches(g.deny, t, c) != truth::no) return true;
  }
  return false;
}

error random_error(dice& d) {
  auto e =
      make_error(d.of({error_kind::stale, error_kind::connect, error_kind::reset, error_kind::timeout,
                       error_kind::server_error, error_kind::overloaded, error_kind::rate_limited,
                       error_kind::auth, error_kind::too_long, error_kind::empty, error_kind::not_ready}),
                 "");
  if (d.one_in(2)) e.retry_after = millis{static_cast<std::int64_t>(d.below(4'000))};
  return e;
}

}  // namespace

TEST_CASE("whatever happens, nothing brings back what a guard forbids", "[routes][P3]") {
  std::size_t attempts = 0;
  std::size_t walls = 0;
  std::size_t stuck = 0;
  std::size_t left = 0;
  std::size_t queued = 0;
  for (std::uint64_t seed = 1; seed <= 3'000; ++seed) {
    INFO("seed " << seed);
    dice d(seed);
    scene s(good(random_policy(d)));
    std::vector<declared_value> worn;
    shake_facts(d, s, worn);
    shake_states(d, s);
    s.asked.privacy = static_cast<config::privacy_level>(d.below(3));
    s.asked.tag = d.of({"", "voice", "batch"});
    s.asked.key = d.of({"", "travel", "office"});
    s.asked.input_tokens = d.below(20'000);
    s.seed = seed;
    s.asked.conversation = seed;
    s.asked.tools = d.one_in(3);
    if (d.one_in(2)) s.asked.deadline_ms = 1 + d.below(10'000);  // a client's hint
    if (d.one_in(2)) s.sticky = {static_cast<target_index>(d.below(s.targets.size())), s.now};

    s.evaluate();
    for (std::size_t i = 0; i < s.why.candidates; ++i) {
      const auto& v = s.why.verdicts[i];
      const bool walled = v.reason == drop_reason::guard_allow || v.reason == drop_reason::guard_deny;
      if (walled) REQUIRE(forbidden(s, v.target));
      walls += walled ? 1 : 0;
    }
    for (std::size_t i = 0; i < s.out.size; ++i) REQUIRE_FALSE(forbidden(s, s.out.order[i]));

    stuck += s.why.stick == stickiness::stays ? 1 : 0;
    left += s.why.stick == stickiness::left ? 1 : 0;
    const auto first = s.out;
    s.evaluate();  // the same input, the same plan
    REQUIRE(first.size == s.out.size);
    REQUIRE(std::equal(first.order.begin(), first.order.begin() + static_cast<std::ptrdiff_t>(first.size),
                       s.out.order.begin()));

    std::vector<bool> taken_away(s.targets.size());
    const auto deadline = s.asked.deadline_ms ? std::optional(millis{*s.asked.deadline_ms}) : std::nullopt;
    attempt_sequence sequence(*s.rules, first, s.now, deadline);
    for (int i = 0; i < 40; ++i) {
      const auto step = sequence.next(s.in());
      for (std::size_t t = 0; t < taken_away.size(); ++t) {
        taken_away[t] = taken_away[t] || forbidden(s, static_cast<target_index>(t));
      }
      if (step.kind == step_kind::wait) {
        REQUIRE(step.delay > millis{0});
        s.now += step.delay;
      } else if (step.kind == step_kind::queue) {
        REQUIRE(step.delay > millis{0});
        for (const auto line : step.lines) REQUIRE_FALSE(taken_away[line]);
        ++queued;
        s.now += millis{1 + static_cast<std::int64_t>(d.below(600))};
      } else if (step.kind == step_kind::attempt) {
        ++attempts;
        REQUIRE_FALSE(taken_away[step.target]);
        REQUIRE(s.now >= s.targets[step.target].off_until);
        REQUIRE(std::find(first.order.begin(), first.order.begin() + static_cast<std::ptrdiff_t>(first.size),
                          step.target) != first.order.begin() + static_cast<std::ptrdiff_t>(first.size));
        s.now += millis{static_cast<std::int64_t>(d.below(500))};
        if (d.one_in(8)) {
          sequence.not_started(step.target);
        } else {
          sequence.failed(step.target, random_error(d), s.now);
        }
      } else {
        break;
      }
      if (d.one_in(2)) shake_facts(d, s, worn);
      if (d.one_in(2)) shake_states(d, s);
    }
    REQUIRE(sequence.attempts() <= s.rules->attempts(first.attempts).total);
  }
  // The property would hold of nothing at all, too.
  CHECK(attempts > 1'500);
  CHECK(walls > 3'000);
  CHECK(stuck > 50);
  CHECK(left > 50);
  CHECK(queued > 50);
}
