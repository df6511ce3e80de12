// A YAML value as JSON text, for fields that are put into a request body.
#pragma once

#include "config/yaml_reader.hpp"

#include <optional>
#include <string>

namespace nearfar::config {

// Plain `true`, `false`, `null` and numbers keep their kind, the rest is text. `yes`, `010` and the like are
// findings, because readers differ about them.
std::optional<std::string> to_json(const yaml_node& node, const place& at, diagnostics& out);

}  // namespace nearfar::config
