// Policies and facts by hand, for the tests of routes/.
#pragma once

#include "config/model.hpp"
#include "routes/evaluate.hpp"
#include "routes/policy.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nearfar::routes::test {

using config::tier;

inline instant at(std::int64_t milliseconds) {
  return instant{millis{milliseconds}};
}

inline config::condition when(std::string fact, std::vector<config::test_value> any_of) {
  config::condition c;
  c.kind = config::condition_kind::test;
  c.test.fact = std::move(fact);
  c.test.any_of = std::move(any_of);
  return c;
}

inline config::test_value word(std::string text) {
  return config::test_value{std::move(text)};
}
inline config::test_value flag(bool b) {
  return config::test_value{b};
}
inline config::test_value number(config::compare_op op, double low, double high = 0) {
  return config::test_value{config::number_test{op, low, high}};
}

inline config::condition group(config::condition_kind kind, std::vector<config::condition> children) {
  config::condition c;
  c.kind = kind;
  c.children = std::move(children);
  return c;
}
inline config::condition all(std::vector<config::condition> c) {
  return group(config::condition_kind::all, std::move(c));
}
inline config::condition any(std::vector<config::condition> c) {
  return group(config::condition_kind::any, std::move(c));
}
inline config::condition negate(config::condition c) {
  return group(config::condition_kind::negate, {std::move(c)});
}

inline config::selector tiers(std::vector<tier> list) {
  config::selector s;
  s.tiers = std::move(list);
  return s;
}
inline config::selector one_target(std::string name) {
  config::selector s;
  s.targets = {std::move(name)};
  return s;
}
inline config::selector one_provider(std::string name) {
  config::selector s;
  s.providers = {std::move(name)};
  return s;
}

inline config::target_model model(std::string id) {
  config::target_model m;
  m.id = std::move(id);
  return m;
}

inline config::provider provider(std::string name, tier where, std::vector<config::target_model> models) {
  config::provider p;
  p.name = std::move(name);
  p.where_it_is = where;
  p.models = std::move(models);
  if (where == tier::self_hosted) p.url = "http://192.168.1.20:8000";
  if (where == tier::remote) p.url = "https://api.example.com";
  return p;
}

inline config::model_name name(std::string text, std::vector<std::string> entries) {
  config::model_name n;
  n.name = std::move(text);
  n.entries = std::move(entries);
  return n;
}

inline config::guard guard(std::string text, config::condition c) {
  config::guard g;
  g.name = std::move(text);
  g.when = std::move(c);
  return g;
}

inline config::rule rule(std::string text, config::condition c = {}) {
  config::rule r;
  r.name = std::move(text);
  r.when = std::move(c);
  return r;
}

// One target a tier, and `auto` for the three of them: phone/small, homelab/middle, cloud/large.
inline config::configuration three_tiers() {
  config::configuration c;
  c.path = "/etc/nearfar.yaml";
  c.revision = "0123456789ab";
  auto small = model("small");
  small.context = 8'000;
  small.quality = 900;
  auto middle = model("middle");
  middle.context = 32'000;
  middle.quality = 1'100;
  middle.cost = config::price{};
  middle.cost->free = true;
  auto large = model("large");
  large.context = 200'000;
  large.quality = 1'400;
  large.cost = config::price{};
  large.cost->input = 3;
  large.cost->output = 15;
  c.providers = {provider("phone", tier::device, {small}), provider("homelab", tier::self_hosted, {middle}),
                 provider("cloud", tier::remote, {large})};
  c.models = {name("auto", {"phone/small", "homelab/middle", "cloud/large"})};
  return c;
}

struct compiled {
  std::shared_ptr<const policy> value;
  config::diagnostics found;
};

inline compiled compile(config::configuration c) {
  compiled out;
  out.value = policy::compile(std::make_shared<config::configuration>(std::move(c)), out.found);
  return out;
}

inline std::shared_ptr<const policy> good(config::configuration c) {
  auto made = compile(std::move(c));
  for (const auto& d : made.found.all()) UNSCOPED_INFO(d.code << ": " << d.message);
  REQUIRE(made.value != nullptr);
  return made.value;
}

// Everything evaluate reads, in one place to change.
struct scene {
  explicit scene(std::shared_ptr<const policy> p) : rules(std::move(p)), targets(rules->targets().size()) {
    now_true = rules->unsensed();
    asked.model = "auto";
    asked.input_tokens = 100;
  }

  evaluation_input in() const { return {*rules, asked, now_true, targets, now, seed, sticky}; }
  void evaluate() { routes::evaluate(in(), out, why); }

  target_index find(std::string_view target) const {
    for (std::size_t i = 0; i < rules->targets().size(); ++i) {
      if (rules->targets()[i].name == target) return static_cast<target_index>(i);
    }
    FAIL("no target " << target);
    return none_index;
  }

  std::vector<std::string> order() {
    evaluate();
    std::vector<std::string> names;
    for (std::size_t i = 0; i < out.size; ++i) names.push_back(rules->targets()[out.order[i]].name);
    return names;
  }

  verdict verdict_on(std::string_view target) {
    evaluate();
    for (std::size_t i = 0; i < why.candidates; ++i) {
      if (rules->targets()[why.verdicts[i].target].name == target) return why.verdicts[i];
    }
    FAIL("no candidate " << target);
    return {};
  }

  refusal refused() {
    evaluate();
    REQUIRE(out.size == 0);
    return explain_empty(*rules, asked, out, why);
  }

  std::shared_ptr<const policy> rules;
  query asked;
  facts now_true;
  std::vector<target_snapshot> targets;
  instant now = at(1'000'000);
  std::uint64_t seed = 0;
  sticky_hit sticky;
  plan out;
  trace why;
};

using names = std::vector<std::string>;

inline bool has_code(const config::diagnostics& found, std::string_view code) {
  for (const auto& d : found.all()) {
    if (d.code == code) return true;
  }
  return false;
}

}  // namespace nearfar::routes::test
