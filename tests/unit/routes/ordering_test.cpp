#include "routes/ordering.hpp"

#include "tests/unit/routes/make.hpp"

#include <catch2/catch_approx.hpp>

#include <cmath>

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;
using Catch::Approx;
using config::order_by;

namespace {

// Four remote targets for `auto`: a, b, c, d, in one rank.
config::configuration four(order_by by) {
  config::configuration c;
  for (const char* n : {"a", "b", "c", "d"}) {
    auto m = model("m");
    m.cost = config::price{};
    m.cost->input = 1;
    m.cost->output = 1;
    c.providers.push_back(provider(n, tier::remote, {m}));
  }
  c.models = {name("auto", {"a/m", "b/m", "c/m", "d/m"})};
  auto r = rule("default");
  r.order = by;
  c.rules = {r};
  return c;
}

void price(config::configuration& c, std::size_t p, std::optional<double> input,
           std::optional<double> output) {
  c.providers[p].models[0].cost->input = input;
  c.providers[p].models[0].cost->output = output;
}

}  // namespace

TEST_CASE("listed keeps the list", "[routes]") {
  auto c = four(order_by::listed);
  price(c, 0, 100, 100);
  CHECK(scene(good(c)).order() == names{"a/m", "b/m", "c/m", "d/m"});
}

TEST_CASE("price orders by the cost of this query, unknown last", "[routes][P4]") {
  auto c = four(order_by::price);
  price(c, 0, 1, 20);
  price(c, 1, {}, {});
  price(c, 2, 3, 10);
  c.providers[3].models[0].cost->free = true;
  scene s(good(c));
  s.asked.input_tokens = 1'000;
  s.asked.output_tokens = 1'000;
  CHECK(s.order() == names{"d/m", "c/m", "a/m", "b/m"});
  s.asked.input_tokens = 100'000;  // a long prompt: the cheap input wins
  CHECK(s.order() == names{"d/m", "a/m", "c/m", "b/m"});
}

TEST_CASE("a long prompt costs what the step for it says", "[routes][P4]") {
  target stepped;
  stepped.price_input = 1;
  stepped.price_output = 10;
  stepped.prices.input = 1;
  stepped.prices.output = 10;
  stepped.prices.steps = {{200'000, 2, 15, {}}, {400'000, 4, 20, {}}};
  target plain;
  plain.price_input = 1.5;
  plain.price_output = 12;
  query asked;
  asked.output_tokens = 1'000;
  const auto costs = [&](const target& t, std::uint64_t tokens) {
    asked.input_tokens = tokens;
    CHECK(order_key(order_by::price, t, {}, asked) == expected_cost(t, asked));
    return expected_cost(t, asked) * 1e6;
  };
  CHECK(costs(stepped, 200'000) == Approx(200'000 * 1 + 1'000 * 10));
  CHECK(costs(stepped, 200'001) == Approx(200'001 * 2 + 1'000 * 15));
  CHECK(costs(stepped, 500'000) == Approx(500'000 * 4 + 1'000 * 20));
  CHECK(costs(plain, 500'000) == Approx(500'000 * 1.5 + 1'000 * 12));
  const auto is_better = [&](std::uint64_t tokens) {
    asked.input_tokens = tokens;
    return order_key(order_by::balanced, stepped, {}, asked) <
           order_key(order_by::balanced, plain, {}, asked);
  };
  CHECK(is_better(100'000));
  CHECK_FALSE(is_better(300'000));
}

TEST_CASE("latency orders by the expected first token, stretched by failures", "[routes]") {
  scene s(good(four(order_by::latency)));
  s.targets[0].first_token = millis{800};
  s.targets[1].first_token = millis{200};
  s.targets[2].first_token = millis{300};
  s.targets[3].first_token = millis{100};
  s.targets[3].failure_share = 0.6;  // 250 ms
  CHECK(s.order() == names{"b/m", "d/m", "c/m", "a/m"});
}

TEST_CASE("an unmeasured target sorts by what its tier usually does", "[routes]") {
  scene s(good(four(order_by::latency)));
  s.targets[0].first_token = millis{2'000};
  s.targets[1].first_token = millis{100};
  CHECK(s.order() == names{"b/m", "c/m", "d/m", "a/m"});
}

TEST_CASE("throughput orders by tokens per second that arrive", "[routes]") {
  scene s(good(four(order_by::throughput)));
  s.targets[0].tokens_per_second = 20;
  s.targets[1].tokens_per_second = 100;
  s.targets[2].tokens_per_second = 200;
  s.targets[2].failure_share = 0.75;
  CHECK(s.order() == names{"b/m", "d/m", "c/m", "a/m"});
}

TEST_CASE("quality orders downwards, unknown last", "[routes]") {
  auto c = four(order_by::quality);
  c.providers[1].models[0].quality = 1'200;
  c.providers[2].models[0].quality = 1'000;
  c.providers[3].models[0].quality = 1'200;
  CHECK(scene(good(c)).order() == names{"b/m", "d/m", "c/m", "a/m"});
}

TEST_CASE("balanced trades a quarter of the price for twice the time", "[routes][P4]") {
  auto c = four(order_by::balanced);
  price(c, 0, 4, 4);
  price(c, 1, 1, 1);
  scene s(good(c));
  for (auto& t : s.targets) t.tokens_per_second = 1'000;
  s.asked.output_tokens = 1'000;
  s.targets[0].first_token = millis{1'000};  // two seconds in all
  s.targets[1].first_token = millis{2'900};  // a little less than four
  s.targets[2].first_token = s.targets[3].first_token = millis{60'000};
  CHECK(s.order()[0] == "b/m");
  s.targets[1].first_token = millis{3'100};
  CHECK(s.order()[0] == "a/m");
}

TEST_CASE("a free target has a floor price, so an endless one can lose", "[routes][P4]") {
  auto c = four(order_by::balanced);
  c.providers[0].models[0].cost->free = true;
  scene s(good(c));
  s.targets[0].tokens_per_second = 0.5;
  for (std::size_t i = 1; i < 4; ++i) s.targets[i].tokens_per_second = 100;
  CHECK(s.order().back() == "a/m");
  s.targets[0].tokens_per_second = 40;
  CHECK(s.order().front() == "a/m");
}

TEST_CASE("no key is ever NaN, whatever the estimates", "[routes]") {
  target t;
  query q;
  target_snapshot known;
  for (const auto by : {order_by::listed, order_by::price, order_by::latency, order_by::throughput,
                        order_by::quality, order_by::balanced}) {
    for (const double share : {0.0, 0.5, 1.0}) {
      for (const double speed : {0.0, 1e-9, 1e9}) {
        known.failure_share = share;
        known.tokens_per_second = speed;
        known.first_token = millis{0};
        CHECK_FALSE(std::isnan(order_key(by, t, known, q)));
      }
    }
  }
}
