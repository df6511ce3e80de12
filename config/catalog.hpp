// What models cost and can do, as shipped data with its date (config/catalog.csv, built into the
// binary).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nearfar::config {

struct catalog_entry {
  std::string_view vendor;
  std::string_view id;
  std::optional<double> input;  // USD per million tokens
  std::optional<double> output;
  std::optional<double> cached;
  std::optional<double> cache_write;
  std::optional<std::uint64_t> context;
  std::optional<std::uint64_t> max_output;
  bool images = false;
  bool audio = false;
  bool reasoning = false;
  std::string_view steps;  // dearer prices of long prompts, in words (token_prices.hpp reads them)
  std::string_view date;   // of the source
};

// Read once, at first use; safe from any thread, lives as long as the process.
std::span<const catalog_entry> catalog();

// By vendor and id; with an empty vendor the id may be "vendor/model" as OpenRouter writes it, with
// OpenRouter's spelling of vendors (qwen, x-ai, mistralai) and versions (claude-haiku-4.5). An id with a
// `:suffix` is another product at another price and is not found.
const catalog_entry* find_in_catalog(std::string_view vendor, std::string_view id);

}  // namespace nearfar::config
