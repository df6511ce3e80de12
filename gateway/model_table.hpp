// What `nearfar models` shows: every target of a policy with what is known of it, and what is absent and why.
#pragma once

#include "config/catalog.hpp"
#include "routes/policy.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

struct model_row {
  std::string name;             // provider/model; of the catalog alone: vendor/model
  std::string tier;             // empty: of the catalog alone
  std::optional<double> input;  // USD per million tokens
  std::optional<double> output;
  std::optional<std::uint64_t> context;
  std::optional<std::uint64_t> max_output;
  std::vector<std::string> can;  // tools, images, audio, json, reasoning, ...
  std::optional<int> quality;
  std::string writes;        // of the catalog: "text|image"
  std::string long_context;  // of the catalog: prices of long prompts
  std::string known_from;    // "catalog 2026-07-24", "imported 2026-11-22", or empty
  bool ready = true;
  std::string why;  // not ready: the reason
};

// In the order of the file. Looks at keys, files and lists of this machine; asks nobody.
std::vector<model_row> models_of(const routes::policy& of);
// Of the catalog, imported rows in place of the shipped ones of the same name.
std::vector<model_row> models_of(const config::model_catalog& of);

// Those whose name, tier, abilities or state hold every word of the query, whatever its case.
void keep_matches(std::vector<model_row>& rows, std::string_view query);

std::string model_table(const std::vector<model_row>& rows);  // for people
std::string model_json(const std::vector<model_row>& rows);   // an array

}  // namespace nearfar::gateway
