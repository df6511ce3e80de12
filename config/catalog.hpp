// What models cost and can do: shipped data with its dates (config/catalog.csv, built into the binary), under
// what the user imported (`catalog.csv` of the state folder, same form). What the configuration says of a
// model goes before both.
#pragma once

#include "config/csv.hpp"
#include "config/model.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
  std::string_view reads;         // "text|image|pdf"
  std::string_view writes;        // "text|image"
  std::string_view long_context;  // ">200k: in 2.5 out 15 cached 0.25", USD per million tokens
  bool images = false;
  bool audio = false;
  bool reasoning = false;
  std::optional<bool> tools;  // nullopt: not said
  std::optional<bool> json;
  std::string_view date;  // of the source
  bool imported = false;
};

// Read once, at first use; safe from any thread, lives as long as the process.
std::span<const catalog_entry> catalog();

// By vendor and id; with an empty vendor, or one that the shipped data does not have, the id may be
// "vendor/model" as OpenRouter writes it, with OpenRouter's spelling of vendors (qwen, x-ai, mistralai) and
// versions (claude-haiku-4.5). An id with a `:suffix` is another product at another price and is not found.
const catalog_entry* find_in_catalog(std::string_view vendor, std::string_view id);

// The shipped data under an imported file. Not thread safe while it is made; entries live with it.
class model_catalog {
 public:
  // `imported`: the text of the file; empty: none. Rows without vendor or id are left out, and figures that
  // an imported row leaves out are the shipped ones.
  explicit model_catalog(std::string_view imported = {});
  model_catalog(const model_catalog&) = delete;
  model_catalog& operator=(const model_catalog&) = delete;

  // As find_in_catalog(), the imported rows first.
  const catalog_entry* find(std::string_view vendor, std::string_view id) const;
  std::span<const catalog_entry> imported() const { return entries_; }

 private:
  std::vector<csv_row> rows_;  // own the text of the entries
  std::vector<catalog_entry> entries_;
};

// STATE/catalog.csv.
std::string catalog_file(std::string_view state_folder);
inline constexpr std::size_t max_catalog_bytes = 1024 * 1024;
// The text of that file as it was read with the configuration; empty: there was none.
std::string_view imported_catalog(const configuration& of);

}  // namespace nearfar::config
