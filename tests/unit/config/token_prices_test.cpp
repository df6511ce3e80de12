// Prices by kind and by step, from the file and from the catalog.
#include "config/token_prices.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar::config;

TEST_CASE("steps are read as the catalog writes them") {
  const auto one = read_price_steps(">200k: in 2.5 out 15 cached 0.25");
  REQUIRE(one.size() == 1);
  CHECK(one[0].above == 200'000);
  CHECK(one[0].input == 2.5);
  CHECK(one[0].output == 15);
  CHECK(one[0].cached == 0.25);
  CHECK(read_price_steps(">256000 tokens: in 2 out 6 cached 0.2")[0].above == 256'000);
  const auto several = read_price_steps(
      "litellm dashscope tiers by input length: <=32k in 1.2 out 6 ; 32k-128k in 2.4 out 12 ; 128k-252k in 3 "
      "out 15");
  REQUIRE(several.size() == 2);
  CHECK(several[0].above == 32'000);
  CHECK(several[0].input == 2.4);
  CHECK(several[1].above == 128'000);
  CHECK(several[1].output == 15);
  CHECK(read_price_steps("ask the vendor").empty());
  CHECK(read_price_steps("").empty());
}

TEST_CASE("every step in the shipped catalog can be read") {
  for (const auto& entry : catalog()) {
    if (entry.long_context.empty()) continue;
    INFO(entry.id << ": " << entry.long_context);
    CHECK_FALSE(read_price_steps(entry.long_context).empty());
  }
}

TEST_CASE("a price in the file takes the place of the list's, with its steps and discounts") {
  const auto* known = find_in_catalog("anthropic", "claude-sonnet-4-5");
  REQUIRE(known != nullptr);
  target_model model;
  const auto list = prices_of(model, tier::remote, known);
  CHECK(list.input == known->input);
  CHECK(list.steps.size() == 1);
  model.cost.emplace();
  model.cost->input = 1;
  model.cost->output = 2;
  const auto own = prices_of(model, tier::remote, known);
  CHECK(own.input == 1);
  CHECK(own.output == 2);
  CHECK_FALSE(own.cached);
  CHECK(own.steps.empty());
  CHECK_FALSE(own.request);
  model.cost->request = 0.01;
  CHECK(prices_of(model, tier::remote, known).request == 0.01);
  CHECK(prices_of(model, tier::device, known).free);
}
