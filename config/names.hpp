// Who is meant by a name of the file.
#pragma once

#include "config/model.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::config {

struct found_target {
  const provider* at;
  const target_model* model;
};

// "provider/as", or "provider/id" where there is no `as`.
std::string target_name(const provider& at, const target_model& model);

// By "provider/id" or "provider/as".
std::optional<found_target> find_target(const configuration& c, std::string_view name);

// "provider/..." of a provider that discovers its models: whether there is one is known when it runs.
bool may_be_listed(const configuration& c, std::string_view name);

bool has_provider(const configuration& c, std::string_view name);
// By id or `as`, at any provider that names its models in the file: what others list comes and goes, and a
// file that is right today must be right tomorrow.
bool has_model(const configuration& c, std::string_view name);

std::vector<std::string> target_names(const configuration& c);
std::vector<std::string> model_ids(const configuration& c);  // with every `as`

}  // namespace nearfar::config
