// What each kind of token of a target costs, with the steps that some vendors put on long prompts.
#pragma once

#include "config/catalog.hpp"
#include "config/model.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace nearfar::config {

// All in USD per million tokens; absent: not known.
struct price_step {
  std::uint64_t above = 0;  // from the first prompt token beyond so many, all tokens cost this
  std::optional<double> input;
  std::optional<double> output;
  std::optional<double> cached;
};

struct token_prices {
  std::optional<double> input;
  std::optional<double> output;
  std::optional<double> cached;       // absent: as input
  std::optional<double> cache_write;  // absent: as input
  std::optional<double> request;      // USD, not per million: each call that reached generation; absent: 0
  std::vector<price_step> steps;      // by rising `above`
  bool free = false;                  // device, or `free`: everything costs 0
};

// The step that a prompt of so many tokens has come to; null: none, the base prices hold.
const price_step* step_for(const token_prices& of, std::uint64_t input_tokens);

// "price" of the file before the catalog's figures; the device tier is free.
token_prices prices_of(const target_model& model, tier where, const catalog_entry* known);

// The catalog's words for steps: ">200k: in 2.5 out 15 cached 0.25", or
// "… <=32k in 1.2 out 6 ; 32k-128k in 2.4 out 12 ; 128k-252k in 3 out 15". What cannot be read is left out.
std::vector<price_step> read_price_steps(std::string_view text);

}  // namespace nearfar::config
