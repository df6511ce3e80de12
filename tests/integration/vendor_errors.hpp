// Bodies with which each preset's vendor refuses, and what they mean.
#pragma once

#include "routes/error.hpp"

#include <map>
#include <string_view>
#include <vector>

namespace nearfar::tests {

struct vendor_error {
  int status = 400;
  std::string_view body;
  routes::error_kind means = routes::error_kind::bad_request;
};

// By preset, as the vendors' references and their users' reports have them.
const std::map<std::string_view, std::vector<vendor_error>>& vendor_errors();

}  // namespace nearfar::tests
