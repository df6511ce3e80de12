// The presets that are shipped, for docs/providers.md.
#pragma once

#include <string>

namespace nearfar::config {

// A Markdown table, one row a preset: vendors, servers of one's own, then what fits anything else. Ends in a
// newline.
std::string preset_table();

}  // namespace nearfar::config
