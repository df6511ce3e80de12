#include "config/catalog.hpp"

#include "config/csv.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar::config;

TEST_CASE("quoted fields hold commas, line breaks and doubled quotes") {
  const auto rows = parse_csv("a,b\r\n\"x, y\",\"he said \"\"no\"\"\nand left\"\n\n,last");
  REQUIRE(rows.size() == 3);
  CHECK(rows[0] == csv_row{"a", "b"});
  CHECK(rows[1] == csv_row{"x, y", "he said \"no\"\nand left"});
  CHECK(rows[2] == csv_row{"", "last"});
  CHECK(parse_csv("").empty());
}

TEST_CASE("the shipped catalog is read whole") {
  CHECK(catalog().size() > 100);
  for (const auto& e : catalog()) {
    INFO(e.vendor << "/" << e.id);
    CHECK_FALSE(e.vendor.empty());
    CHECK_FALSE(e.id.empty());
    CHECK(e.date.starts_with("20"));
    if (e.input) CHECK(*e.input >= 0);
  }
}

TEST_CASE("a model is found by vendor and id with its price and abilities") {
  const auto* found = find_in_catalog("openai", "gpt-5.4-mini");
  REQUIRE(found != nullptr);
  CHECK(found->input == 0.75);
  CHECK(found->output == 4.5);
  CHECK(found->cached == 0.075);
  CHECK(found->context == 400'000U);
  CHECK(found->images);
  CHECK(found->reasoning);
  CHECK(find_in_catalog("deepseek", "gpt-5.4-mini") == nullptr);
  CHECK(find_in_catalog("openai", "gpt-99") == nullptr);
}

TEST_CASE("OpenRouter's spelling of vendors and versions is understood") {
  const auto* sonnet = find_in_catalog("", "anthropic/claude-sonnet-4.5");
  REQUIRE(sonnet != nullptr);
  CHECK(sonnet->id == "claude-sonnet-4-5");
  const auto* qwen = find_in_catalog("", "qwen/qwen3-max");
  REQUIRE(qwen != nullptr);
  CHECK(qwen->vendor == "alibaba");
  CHECK(find_in_catalog("", "qwen/qwen3-max:free") == nullptr);
  CHECK(find_in_catalog("", "openai/qwen3-max") == nullptr);
}
