// evaluate and what it stands on allocate nothing: counted by this binary's own operator new.
#include "routes/attempt_sequence.hpp"
#include "routes/limits.hpp"
#include "tests/unit/routes/make.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <new>

namespace {
thread_local std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept {
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

namespace {

// Every kind of fact, selector and order there is.
config::configuration broad() {
  config::configuration c;
  std::vector<std::string> entries;
  for (std::size_t i = 0; i < 50; ++i) {
    auto m = model("a-model-with-a-name-too-long-for-any-small-string");
    m.context = 1'000 * (i + 1);
    m.quality = static_cast<int>(700 + i * 13 % 400);
    m.cost = config::price{0.1 * static_cast<double>(i), 1.0, {}, {}, false, {}};
    const auto n = fmt::format("provider-with-a-long-name-{}", i);
    const std::array all_tiers{tier::device, tier::self_hosted, tier::remote};
    c.providers.push_back(provider(n, all_tiers[i % 3], {m}));
    entries.push_back(n + "/" + m.id);
  }
  c.models = {name("auto", entries), name("claude-*", {"auto"})};
  for (int i = 0; i < 20; ++i) {
    auto g = guard("g", when("metered", {flag(true)}));
    g.deny = {one_provider(fmt::format("provider-with-a-long-name-{}", i))};
    g.unless = when("key", {word("a-key-with-a-name-too-long-for-any-small-string")});
    c.guards.push_back(g);
  }
  c.rules = {rule("time", when("time", {config::time_window{0, 1, "Europe/Berlin"}})),
             rule("header", when("header", {config::header_test{"x-a", "b", true}})),
             rule("model", when("model", {word("*-nobody-is-called-so-*")})),
             rule("bucket", when("bucket", {number(config::compare_op::greater, 100)})),
             rule("not", negate(any({when("privacy", {word("internal")}), when("tools", {flag(true)})})))};
  auto last = rule("default");
  last.order = config::order_by::balanced;
  last.min_quality = 900;
  last.prefer = {{tiers({tier::self_hosted})}, {tiers({tier::remote})}};
  c.rules.push_back(last);
  return c;
}

}  // namespace

TEST_CASE("evaluate allocates nothing", "[routes]") {
  scene s(good(broad()));
  const std::array<header_view, 1> headers{{{"x-other", "y"}}};
  const std::array<std::int32_t, 1> offsets{3'600};
  s.now_true.headers = headers;
  s.now_true.zone_offsets = offsets;
  s.now_true.now.unix_seconds = 40'000;
  s.asked.model = "claude-opus";
  s.asked.input_tokens = 5'000;
  const auto before = allocations;
  for (int i = 0; i < 10; ++i) {
    s.now_true.metered = i % 2 == 0;
    s.evaluate();
  }
  CHECK(allocations == before);
  REQUIRE(s.out.size > 10);
  CHECK(s.rules->rule_name(s.out.rule) == "default");
}

TEST_CASE("evaluate allocates nothing for a client's wishes either", "[routes]") {
  scene s(good(broad()));
  client_wishes w;
  w.models = {"auto"};
  w.order = {"a-slug-with-a-name-too-long-for-any-small-string", "provider-with-a-long-name-25", "remote"};
  w.ignore = {"provider-with-a-long-name-26"};
  w.sort = config::order_by::price;
  w.quantizations = quantization_bits("unknown");
  s.asked.model = "claude-opus";
  s.asked.wishes = &w;
  const auto before = allocations;
  s.evaluate();
  CHECK(allocations == before);
  REQUIRE(s.out.size > 10);
  CHECK(s.rules->targets()[s.out.order[0]].provider == 25);
}

TEST_CASE("limits and prices by step allocate nothing either", "[routes]") {
  auto c = three_tiers();
  config::limit l;
  l.name = "a-limit-with-a-name-too-long-for-any-small-string";
  l.per = config::period::day;
  c.limits = {l};
  auto r = rule("default");
  r.order = config::order_by::balanced;
  c.rules = {r};
  scene s(good(c));
  const std::array<std::uint16_t, 1> reached{0};
  const auto before = allocations;
  keep_out(*s.rules, s.asked, s.now_true, reached, s.targets);
  s.evaluate();
  CHECK(allocations == before);
  CHECK(s.out.size == 2);
}

TEST_CASE("the first attempts of a query allocate nothing either", "[routes]") {
  scene s(good(broad()));
  s.evaluate();
  const auto before = allocations;
  attempt_sequence sequence(*s.rules, s.out, s.now, std::nullopt);
  const auto first = sequence.next(s.in());
  CHECK(allocations == before);
  CHECK(first.kind == step_kind::attempt);
}

TEST_CASE("the counter counts", "[routes]") {
  const auto before = allocations;
  const auto p = std::make_unique<std::array<char, 100>>();
  CHECK(p != nullptr);
  CHECK(allocations > before);
}
