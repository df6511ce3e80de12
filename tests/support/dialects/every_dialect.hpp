#pragma once

#include "tests/support/dialect_writer.hpp"

#include <memory>
#include <vector>

namespace nearfar::support {

// A writer of each; no path is served by two.
std::vector<std::unique_ptr<dialect_writer>> every_dialect();

}  // namespace nearfar::support
