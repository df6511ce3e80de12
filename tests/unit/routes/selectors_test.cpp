// One selector grammar: each field, true, false and unknown.
#include "routes/selectors.hpp"

#include "tests/unit/routes/make.hpp"

#include <functional>

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;
using config::compare_op;

namespace {

// cloud/large says everything of itself, homelab/middle nothing, phone/small is of the device.
struct places {
  places() {
    auto c = three_tiers();
    c.providers[2].region = "eu";
    c.providers[2].labels = {"tested", "fast"};
    c.providers[2].retention = "none";
    c.providers[2].models[0].as = "big";
    c.models[0].entries = {"phone/small", "homelab/middle", "cloud/big"};
    auto& silent = c.providers[1].models[0];
    silent.cost = {};
    silent.quality = {};
    rules = good(std::move(c));
  }
  truth on(std::size_t target, const config::selector& s) const {
    return matches(s, rules->targets()[target], rules->configuration());
  }
  truth device(const config::selector& s) const { return on(0, s); }
  truth silent(const config::selector& s) const { return on(1, s); }
  truth full(const config::selector& s) const { return on(2, s); }
  std::shared_ptr<const policy> rules;
};

config::selector with(const std::function<void(config::selector&)>& set) {
  config::selector s;
  set(s);
  return s;
}

}  // namespace

TEST_CASE("tier, provider, target and model are always known", "[routes]") {
  const places p;
  CHECK(p.full(tiers({tier::device, tier::remote})) == truth::yes);
  CHECK(p.full(tiers({tier::device})) == truth::no);
  CHECK(p.full(one_provider("cloud")) == truth::yes);
  CHECK(p.full(one_provider("phone")) == truth::no);
  CHECK(p.full(one_target("cloud/big")) == truth::yes);
  CHECK(p.full(one_target("cloud/large")) == truth::yes);  // the upstream's id means the same
  CHECK(p.full(one_target("phone/small")) == truth::no);
  CHECK(p.full(with([](auto& s) { s.models = {"big"}; })) == truth::yes);
  CHECK(p.full(with([](auto& s) { s.models = {"large"}; })) == truth::yes);
  CHECK(p.full(with([](auto& s) { s.models = {"small"}; })) == truth::no);
}

TEST_CASE("region, label and retention are unknown where the provider does not state them", "[routes]") {
  const places p;
  const auto region = [](const char* name) { return with([&](auto& s) { s.regions = {name}; }); };
  const auto label = [](const char* name) { return with([&](auto& s) { s.labels = {name}; }); };
  const auto keeps = [](const char* name) { return with([&](auto& s) { s.retentions = {name}; }); };
  CHECK(p.full(region("eu")) == truth::yes);
  CHECK(p.full(region("us")) == truth::no);
  CHECK(p.silent(region("eu")) == truth::unknown);
  CHECK(p.full(label("fast")) == truth::yes);
  CHECK(p.full(label("slow")) == truth::no);
  CHECK(p.silent(label("fast")) == truth::unknown);
  CHECK(p.full(keeps("none")) == truth::yes);
  CHECK(p.full(keeps("30d")) == truth::no);
  CHECK(p.silent(keeps("none")) == truth::unknown);
}

TEST_CASE("price and quality compare by every operator, and are unknown where nobody says", "[routes]") {
  const places p;
  struct row {
    compare_op op;
    double low;
    double high;
    truth of_three;  // cloud/large takes 3 USD/M in
  };
  for (const auto& r : std::vector<row>{{compare_op::less, 3, 0, truth::no},
                                        {compare_op::less, 4, 0, truth::yes},
                                        {compare_op::less_equal, 3, 0, truth::yes},
                                        {compare_op::less_equal, 2, 0, truth::no},
                                        {compare_op::greater, 3, 0, truth::no},
                                        {compare_op::greater, 2, 0, truth::yes},
                                        {compare_op::greater_equal, 3, 0, truth::yes},
                                        {compare_op::greater_equal, 4, 0, truth::no},
                                        {compare_op::equal, 3, 0, truth::yes},
                                        {compare_op::equal, 4, 0, truth::no},
                                        {compare_op::between, 3, 5, truth::yes},
                                        {compare_op::between, 1, 2, truth::no}}) {
    INFO(static_cast<int>(r.op) << " " << r.low);
    const auto price = with([&](auto& s) { s.price_input = config::number_test{r.op, r.low, r.high}; });
    CHECK(p.full(price) == r.of_three);
    CHECK(p.silent(price) == truth::unknown);
    const auto quality =
        with([&](auto& s) { s.quality = config::number_test{r.op, r.low * 1'400 / 3, r.high * 1'400 / 3}; });
    CHECK(p.full(quality) == r.of_three);
    CHECK(p.silent(quality) == truth::unknown);
  }
  const auto free = with([](auto& s) { s.price_output = config::number_test{compare_op::equal, 0, 0}; });
  CHECK(p.device(free) == truth::yes);  // the device costs nothing, said or not
  CHECK(p.full(free) == truth::no);
}

TEST_CASE("fields are AND, a list of selectors is OR, and doubt survives only where it matters", "[routes]") {
  const places p;
  auto home_eu = tiers({tier::self_hosted});
  home_eu.regions = {"eu"};
  CHECK(p.silent(home_eu) == truth::unknown);
  CHECK(p.full(home_eu) == truth::no);
  const auto& t = p.rules->targets();
  const auto& c = p.rules->configuration();
  CHECK(matches({home_eu, tiers({tier::self_hosted})}, t[1], c) == truth::yes);
  CHECK(matches({home_eu, tiers({tier::remote})}, t[1], c) == truth::unknown);
  CHECK(matches({home_eu, tiers({tier::remote})}, t[0], c) == truth::no);
  CHECK(matches(config::selector_list{}, t[0], c) == truth::no);
  CHECK_FALSE(selected({home_eu}, t, c, doubt::excluded).has(1));
  CHECK(selected({home_eu}, t, c, doubt::included).has(1));
}

TEST_CASE("an attribute that a target does not state is outside `only` and the last in `prefer`",
          "[routes]") {
  auto c = three_tiers();
  c.providers[2].region = "eu";
  auto r = rule("eu-first");
  r.prefer = {{with([](auto& s) { s.regions = {"eu"}; })}};
  auto strict = rule("eu-only", when("metered", {flag(true)}));
  strict.only = {with([](auto& s) { s.regions = {"eu"}; })};
  c.rules = {strict, r};
  scene s(good(c));
  s.now_true.metered = false;
  CHECK(s.order() == names{"cloud/large", "phone/small", "homelab/middle"});
  s.now_true.metered = true;
  CHECK(s.order() == names{"cloud/large"});
  s.now_true.metered = std::nullopt;  // unknown: the rule does not match
  CHECK(s.order() == names{"cloud/large", "phone/small", "homelab/middle"});
}
