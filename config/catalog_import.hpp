// Price lists of others as a catalog file: OpenRouter's /models and LiteLLM's
// model_prices_and_context_window.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::config {

struct catalog_import {
  std::string_view source;   // "OpenRouter" or "LiteLLM"
  std::size_t models = 0;    // rows written
  std::size_t left_out = 0;  // entries that are no models of text: images by the piece, speech by the second
  std::string csv;           // the catalog file
};

// `date`: YYYY-MM-DD, written into every row. Nullopt with the reason and its place in `why` ("line 3, column
// 7: ..." or "`data[2].pricing.prompt` ..."): then nothing of the list is taken.
std::optional<catalog_import> import_catalog(std::string_view json, std::string_view date, std::string& why);

}  // namespace nearfar::config
