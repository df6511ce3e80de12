// How the file's paths are read.
#pragma once

#include <string>
#include <string_view>

namespace nearfar::config {

// `~` and `~/x` from `home`, absolute ones as they are, the rest from `folder`. Normalised, not resolved:
// nothing is asked of the file system.
std::string resolve_path(std::string_view written, std::string_view folder, std::string_view home);

}  // namespace nearfar::config
