// Over random tables and facts: a row of which `check` says that it can never match is never the one that
// decides.
#include "config/check.hpp"
#include "config/codes.hpp"
#include "tests/unit/routes/dice.hpp"
#include "tests/unit/routes/make.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

namespace {

config::test_value random_number(dice& d, double step) {
  const auto op =
      d.of({config::compare_op::less, config::compare_op::less_equal, config::compare_op::greater,
            config::compare_op::greater_equal, config::compare_op::equal, config::compare_op::between});
  const double low = step * static_cast<double>(d.below(4));
  return number(op, low, low + step * static_cast<double>(d.below(3)));
}

config::condition random_test(dice& d) {
  const auto some = [&](const auto& make) {
    std::vector<config::test_value> values;
    for (std::size_t i = d.below(3) + 1; i > 0; --i) values.push_back(make());
    return values;
  };
  const auto word_of = [&](std::initializer_list<const char*> list) {
    return some([&] { return word(d.of(list)); });
  };
  switch (d.below(13)) {
    case 0:
      return when("privacy", word_of({"public", "internal", "private"}));
    case 1:
      return when("network", word_of({"online", "degraded", "portal", "offline"}));
    case 2:
      return when("metered", some([&] { return flag(d.one_in(2)); }));
    case 3:
      return when("battery", some([&] { return random_number(d, 25); }));
    case 4:
      return when("tag", word_of({"voice", "batch"}));
    case 5:
      return when("worn", some([&] { return flag(d.one_in(2)); }));
    case 6:
      return when("bucket", some([&] { return random_number(d, 40); }));
    case 7:
      return when("input_tokens", some([&] { return random_number(d, 1); }));
    case 8:
      return when("deadline", some([&] { return random_number(d, 1); }));
    case 9:
      return when("key", word_of({"a", "ab", "a*", "*b", "*"}));
    case 10:
      return when("weekday", word_of({"mon-fri", "sat", "sun", "fri-mon", "mon-fri UTC"}));
    case 11:
      return when("time", some([&] {
                    const auto hour = [&] { return static_cast<int>(d.below(4)) * 360; };
                    const int from = hour();
                    return config::test_value{config::time_window{from, (from + 360 + hour()) % 1440, "UTC"}};
                  }));
    default:
      return when("header", some([&] {
                    return config::test_value{config::header_test{
                        d.of<std::string>({"x-a", "x-b"}), d.of<std::string>({"a", "ab", ""}), d.one_in(2)}};
                  }));
  }
}

config::condition random_condition(dice& d, int depth) {
  if (depth == 0 || d.one_in(3)) return random_test(d);
  std::vector<config::condition> children;
  for (std::size_t i = d.below(2) + 1; i > 0; --i) children.push_back(random_condition(d, depth - 1));
  if (d.one_in(4)) return negate(std::move(children.front()));
  return d.one_in(2) ? all(std::move(children)) : any(std::move(children));
}

constexpr std::int64_t unix_now = 1'796'108'400;  // 2026-12-01T07:00Z
constexpr std::array<const char*, 2> ends{"2026-12-01T07:00:10Z", "2026-12-03T12:00:00Z"};

config::configuration random_tables(dice& d) {
  auto c = three_tiers();
  c.tags = {"voice", "batch"};
  config::fact_config worn;
  worn.name = "worn";
  worn.type = config::fact_type::boolean;
  c.facts = {worn};
  for (std::size_t i = d.below(6) + 2; i > 0; --i) {
    auto r = rule(fmt::format("r{}", i), d.one_in(12) ? config::condition{} : random_condition(d, 2));
    if (d.one_in(3)) r.until = ends[d.below(2)];
    c.rules.push_back(r);
    config::attempts_entry a;
    a.name = d.one_in(5) && i == 1 ? "default" : fmt::format("a{}", i);
    a.when = random_condition(d, 2);
    c.attempts.push_back(a);
  }
  auto g = guard("wall", random_condition(d, 2));
  g.deny = {tiers({tier::remote})};
  g.advisory = true;
  c.guards = {g};
  return c;
}

struct random_world {
  std::vector<declared_value> worn;
  std::vector<header_view> headers;
  std::vector<std::int32_t> offsets;

  void put_into(scene& s, dice& d) {
    auto& f = s.now_true;
    const auto maybe = [&](auto value) {
      return d.one_in(4) ? decltype(std::optional{value}){} : std::optional{value};
    };
    f.network = maybe(static_cast<network_state>(d.below(4)));
    f.metered = maybe(d.one_in(2));
    f.battery = maybe(static_cast<double>(d.below(9)) * 12.5);
    worn = {d.one_in(3) ? declared_value{} : declared_value{d.one_in(2)}};
    f.declared = worn;
    headers.clear();
    for (std::size_t i = d.below(4); i > 0; --i)
      headers.push_back({d.of({"x-a", "x-b", "X-A"}), d.of({"a", "ab", "abc", "b", ""})});
    f.headers = headers;
    offsets.assign(s.rules->zones().size(), 0);
    f.zone_offsets = offsets;
    f.machine_offset = static_cast<std::int32_t>(d.below(3)) * 3600;
    f.now.unix_seconds = unix_now + static_cast<std::int64_t>(d.below(20 * 8)) * 5'400;
    if (d.one_in(3)) f.now.unix_seconds = unix_now + static_cast<std::int64_t>(d.below(20));
    auto& q = s.asked;
    q.privacy = static_cast<config::privacy_level>(d.below(3));
    q.tag = d.of({"", "voice", "batch"});
    q.key = d.of({"", "a", "ab", "b", "xb", "axb"});
    q.input_tokens = d.below(6);
    q.deadline_ms.reset();
    if (d.one_in(2)) q.deadline_ms = d.below(6);
    q.conversation = d.below(1'000) + 1;
  }
};

}  // namespace

TEST_CASE("a row that can never match by `check` never decides", "[routes][P5]") {
  std::size_t rules_warned = 0;
  std::size_t entries_warned = 0;
  std::size_t guards_warned = 0;
  std::size_t chosen = 0;
  for (std::uint64_t seed = 1; seed <= 1'500; ++seed) {
    INFO("seed " << seed);
    dice d(seed);
    const auto c = random_tables(d);
    config::diagnostics found;
    config::advise_on_reach(c, found);
    std::set<std::string> never;
    for (const auto& finding : found.all()) {
      REQUIRE(finding.code == config::code::never_matches);
      never.insert(finding.message);
    }
    scene s(good(c));
    random_world world;
    for (int i = 0; i < 150; ++i) {
      world.put_into(s, d);
      s.evaluate();
      if (s.out.rule != none_index) {
        ++chosen;
        const auto message = fmt::format("rule `{}` can never match", s.rules->rule_name(s.out.rule));
        INFO(message);
        REQUIRE_FALSE(never.contains(message));
      }
      const auto entry =
          fmt::format("attempts entry `{}` can never match", s.rules->attempts(s.out.attempts).name);
      INFO(entry);
      REQUIRE_FALSE(never.contains(entry));
      if (never.contains("guard `wall` can never apply")) REQUIRE(s.why.guards[0] == truth::no);
    }
    for (const auto& message : never) {
      rules_warned += message.starts_with("rule") ? 1 : 0;
      entries_warned += message.starts_with("attempts") ? 1 : 0;
      guards_warned += message.starts_with("guard") ? 1 : 0;
    }
  }
  // The property would hold of silence, too.
  CHECK(rules_warned > 500);
  CHECK(entries_warned > 300);
  CHECK(guards_warned > 5);
  CHECK(chosen > 50'000);
}
