// Price lists of others, and what the gateway makes of them.
#include "config/catalog_import.hpp"

#include "config/catalog.hpp"
#include "config/load.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace nearfar::config;

namespace {

constexpr std::string_view openrouter = R"({"data": [
  {"id": "anthropic/claude-haiku-4.5", "context_length": 200000,
   "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"], "tokenizer": "Claude"},
   "pricing": {"prompt": "0.0000011", "completion": "0.0000055", "input_cache_read": "0.00000011"},
   "top_provider": {"context_length": 200000, "max_completion_tokens": 64000, "is_moderated": true},
   "supported_parameters": ["tools", "temperature", "structured_outputs", "reasoning"]},
  {"id": "new/model:free", "context_length": 8192, "pricing": {"prompt": "0", "completion": "0"},
   "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
   "top_provider": {"max_completion_tokens": null}, "supported_parameters": ["temperature"]},
  {"id": "paint/er", "pricing": {"prompt": "0.1"}, "architecture": {"output_modalities": ["image"]}},
  {"id": "openrouter/auto", "pricing": {"prompt": "-1", "completion": "-1"}}
]})";

constexpr std::string_view litellm = R"({
  "sample_spec": {"max_tokens": "set to max output tokens", "litellm_provider": "one of"},
  "gpt-5.4-mini": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 5e-07,
    "output_cost_per_token": 4e-06, "max_input_tokens": 300000, "max_output_tokens": 1000,
    "supports_vision": true, "supports_function_calling": true, "supports_response_schema": false},
  "gemini/gemini-9": {"litellm_provider": "gemini", "mode": "chat", "input_cost_per_token": 1.25e-06,
    "output_cost_per_token": 1e-05, "cache_read_input_token_cost": 1.25e-07,
    "input_cost_per_token_above_200k_tokens": 2.5e-06, "output_cost_per_token_above_200k_tokens": 1.5e-05,
    "supported_modalities": ["text", "audio"], "supported_output_modalities": ["text"]},
  "groq/big": {"litellm_provider": "groq", "mode": "chat", "max_input_tokens": 131072},
  "dall-e-3": {"litellm_provider": "openai", "mode": "image_generation"}
})";

catalog_import import(std::string_view text) {
  std::string why;
  auto made = import_catalog(text, "2026-11-22", why);
  INFO(why);
  REQUIRE(made);
  return std::move(*made);
}

std::string refused(std::string_view text) {
  std::string why;
  CHECK_FALSE(import_catalog(text, "2026-11-22", why));
  return why;
}

}  // namespace

TEST_CASE("OpenRouter's list becomes a catalog of what OpenRouter asks") {
  const auto made = import(openrouter);
  CHECK(made.source == "OpenRouter");
  CHECK(made.models == 3);
  CHECK(made.left_out == 1);
  const model_catalog catalog(made.csv);
  const auto* haiku = catalog.find("openrouter", "anthropic/claude-haiku-4.5");
  REQUIRE(haiku != nullptr);
  CHECK(haiku->imported);
  CHECK(haiku->date == "2026-11-22");
  CHECK(haiku->input == 1.1);
  CHECK(haiku->output == 5.5);
  CHECK(haiku->cached == 0.11);
  CHECK(haiku->context == 200'000U);
  CHECK(haiku->max_output == 64'000U);
  CHECK(haiku->images);
  CHECK_FALSE(haiku->audio);
  CHECK(haiku->reasoning);
  CHECK(haiku->tools == true);
  CHECK(haiku->json == true);
  CHECK(haiku->writes == "text");
  const auto* free = catalog.find("openrouter", "new/model:free");
  REQUIRE(free != nullptr);
  CHECK(free->input == 0);
  CHECK(free->tools == false);
  CHECK_FALSE(free->max_output);
  // A price that depends is none.
  REQUIRE(catalog.find("openrouter", "openrouter/auto") != nullptr);
  CHECK_FALSE(catalog.find("openrouter", "openrouter/auto")->input);
  CHECK(catalog.find("openrouter", "paint/er") == nullptr);
}

TEST_CASE("what a reseller asks says nothing of what a model costs at its maker") {
  const model_catalog catalog(import(openrouter).csv);
  CHECK(catalog.find("anthropic", "claude-haiku-4-5")->input == 1);
  CHECK_FALSE(catalog.find("groq", "anthropic/claude-haiku-4.5")->imported);
  CHECK_FALSE(catalog.find("", "anthropic/claude-haiku-4.5")->imported);
}

TEST_CASE("LiteLLM's list becomes a catalog by maker, long contexts included") {
  const auto made = import(litellm);
  CHECK(made.source == "LiteLLM");
  CHECK(made.models == 3);
  CHECK(made.left_out == 1);
  const model_catalog catalog(made.csv);
  const auto* mini = catalog.find("openai", "gpt-5.4-mini");
  REQUIRE(mini != nullptr);
  CHECK(mini->input == 0.5);
  CHECK(mini->output == 4);
  CHECK(mini->context == 300'000U);
  CHECK(mini->tools == true);
  CHECK(mini->json == false);
  CHECK(mini->images);
  const auto* gemini = catalog.find("google", "gemini-9");
  REQUIRE(gemini != nullptr);
  CHECK(gemini->long_context == ">200k: in 2.5 out 15");
  CHECK(gemini->audio);
  CHECK_FALSE(gemini->images);
  REQUIRE(catalog.find("groq", "big") != nullptr);
  CHECK(catalog.find("groq", "big")->context == 131'072U);
  // What the list does not have is as it is shipped.
  CHECK(catalog.find("openai", "gpt-5.4")->input == 2.5);
  CHECK_FALSE(catalog.find("openai", "gpt-5.4")->imported);
}

TEST_CASE("an imported row without prices keeps the shipped ones, both or none") {
  const model_catalog catalog(
      import(R"({"gpt-5.4": {"litellm_provider": "openai", "max_output_tokens": 7}})").csv);
  const auto* found = catalog.find("openai", "gpt-5.4");
  REQUIRE(found != nullptr);
  CHECK(found->max_output == 7U);
  CHECK(found->input == 2.5);
  CHECK(found->output == 15);
  CHECK(found->context == 1'050'000U);
  CHECK(found->long_context.starts_with(">272k:"));
}

TEST_CASE("a list that is wrong is refused with its place, and nothing of it is taken") {
  CHECK(refused("{\n  \"data\": [}").starts_with("line 2, column 12: "));
  CHECK(refused("").starts_with("line 1, column 1: "));
  CHECK(refused("{} x").starts_with("line 1, column 4: "));
  CHECK(refused("[1]").starts_with("it is neither OpenRouter's list"));
  CHECK(refused(R"({"models": []})").starts_with("it is neither"));
  CHECK(refused(R"({"data": []})") == "it holds no model");
  CHECK(refused(R"({"data": [{"id": "a", "pricing": {"prompt": "cheap"}}]})") ==
        "`data[0].pricing.prompt` is no number");
  CHECK(refused(R"({"data": [{"id": "a"}, {"name": "b"}]})") == "`data[1].id` is missing");
  CHECK(refused(R"({"data": [3]})") == "`data[0]` is no object");
  CHECK(refused(R"({"a": {"litellm_provider": "openai", "supports_vision": "yes"}})") ==
        "`a.supports_vision` is neither true nor false");
  CHECK(refused(R"({"a": {"litellm_provider": "openai"}, "b": {"mode": "chat"}})") ==
        "`b.litellm_provider` is missing");
}

TEST_CASE("names with commas and quotes survive the file") {
  const auto made = import(R"({"data": [{"id": "a,b\"c", "pricing": {"prompt": "0.000001"}}]})");
  const model_catalog catalog(made.csv);
  REQUIRE(catalog.find("openrouter", "a,b\"c") != nullptr);
  CHECK(catalog.find("openrouter", "a,b\"c")->input == 1);
}

TEST_CASE("the catalog of the state folder is part of the configuration and of its revision") {
  std::string folder = "/tmp/nearfar-test-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const auto load = [&] {
    return load_text(
        fmt::format("version: 1\nserver: {{state: {}}}\nproviders:\n"
                    "  p: {{tier: remote, preset: openai, key: client, models: [gpt-5.4-mini]}}\n",
                    folder),
        "nearfar.yaml", folder);
  };
  const auto before = load();
  REQUIRE(before.value);
  CHECK(imported_catalog(*before.value).empty());
  const auto made = import(litellm);
  std::ofstream(catalog_file(folder)) << made.csv;
  const auto after = load();
  REQUIRE(after.value);
  CHECK(imported_catalog(*after.value) == made.csv);
  CHECK(after.value->revision != before.value->revision);
  std::filesystem::remove_all(folder);
}
