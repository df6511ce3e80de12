// Files built into the binary.
#pragma once

#include <span>
#include <string_view>

namespace nearfar::config {

struct embedded_file {
  std::string_view name;
  std::string_view text;
};

}  // namespace nearfar::config
