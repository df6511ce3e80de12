// What one decision costs. Budget: 5 rules x 5 targets 0.5 us, 50 x 50 5 us, no allocation.
#include "routes/evaluate.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace {
std::size_t allocations = 0;
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

using namespace nearfar;

namespace {

config::condition test(std::string fact, config::test_value value) {
  config::condition c;
  c.kind = config::condition_kind::test;
  c.test.fact = std::move(fact);
  c.test.any_of.push_back(std::move(value));
  return c;
}

config::condition both(config::condition a, config::condition b) {
  config::condition c;
  c.kind = config::condition_kind::all;
  c.children = {std::move(a), std::move(b)};
  return c;
}

config::selector tier(config::tier t) {
  config::selector s;
  s.tiers = {t};
  return s;
}

// Every rule but the last asks two facts and misses on the second: the worst case of first match.
config::configuration policy_of(std::size_t rules, std::size_t targets, std::size_t guards,
                                config::order_by order) {
  config::configuration c;
  config::model_name all;
  all.name = "auto";
  for (std::size_t i = 0; i < targets; ++i) {
    config::provider p;
    p.name = fmt::format("provider{}", i);
    p.where_it_is = i % 3 == 0   ? config::tier::device
                    : i % 3 == 1 ? config::tier::self_hosted
                                 : config::tier::remote;
    config::target_model m;
    m.id = fmt::format("model{}", i);
    m.context = 200'000;
    m.quality = static_cast<int>(800 + i * 37 % 600);
    m.cost = config::price{1.0 + static_cast<double>(i * 7 % 11), 5.0, {}, {}, false, {}};
    p.models = {m};
    all.entries.push_back(p.name + "/" + m.id);
    c.providers.push_back(std::move(p));
  }
  c.models = {all};
  for (std::size_t i = 0; i < guards; ++i) {
    config::guard g;
    g.name = fmt::format("guard{}", i);
    g.when = test("privacy", std::string("private"));
    g.allow = {tier(config::tier::device), tier(config::tier::self_hosted)};
    c.guards.push_back(std::move(g));
  }
  for (std::size_t i = 0; i < rules; ++i) {
    config::rule r;
    r.name = fmt::format("rule{}", i);
    if (i + 1 < rules) {
      r.when = both(test("network", std::string("online")), test("tag", fmt::format("tag{}", i)));
    }
    r.prefer = {{tier(config::tier::self_hosted)}, {tier(config::tier::remote)}};
    r.order = order;
    r.min_quality = 900;
    c.rules.push_back(std::move(r));
  }
  return c;
}

void evaluate(benchmark::State& state, config::order_by order) {
  const auto rules = static_cast<std::size_t>(state.range(0));
  const auto targets = static_cast<std::size_t>(state.range(1));
  config::diagnostics found;
  const auto policy = routes::policy::compile(
      std::make_shared<config::configuration>(policy_of(rules, targets, rules, order)), found);
  if (!policy) {
    state.SkipWithError(found.all().front().message.c_str());
    return;
  }
  routes::query asked;
  asked.model = "auto";
  asked.input_tokens = 1'000;
  asked.tag = "voice";
  std::vector<routes::target_snapshot> states(targets);
  for (std::size_t i = 0; i < targets; ++i) {
    states[i].first_token = routes::millis{100 + static_cast<int>(i * 53 % 700)};
    states[i].tokens_per_second = 20.0 + static_cast<double>(i * 31 % 90);
  }
  const auto now_true = policy->unsensed();
  const routes::evaluation_input in{*policy, asked, now_true, states, routes::instant{}, 0};
  routes::plan plan;
  routes::trace why;
  const auto before = allocations;
  for (auto _ : state) {
    routes::evaluate(in, plan, why);
    benchmark::DoNotOptimize(plan);
    benchmark::DoNotOptimize(why);
  }
  state.counters["allocations"] = static_cast<double>(allocations - before);
  state.counters["kept"] = static_cast<double>(plan.size);
}

// As many guards as rules.
BENCHMARK_CAPTURE(evaluate, listed, config::order_by::listed)->Args({5, 5})->Args({50, 50});
BENCHMARK_CAPTURE(evaluate, balanced, config::order_by::balanced)->Args({5, 5})->Args({50, 50});

}  // namespace
