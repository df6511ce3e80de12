// Keeps literal keys out of what diagnostics quote.
#pragma once

#include "config/yaml_tree.hpp"

#include <string>

namespace nearfar::config {

// Covers with `*`, in place and at equal length in characters, every value under `providers` that stands
// where a key could, user names and passwords in URLs, and (with or without a tree) words that look like
// vendors' keys (`sk-...`).
void redact(std::string& text, const yaml_node* root);

}  // namespace nearfar::config
