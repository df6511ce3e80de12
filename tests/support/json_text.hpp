#pragma once

#include <string>
#include <string_view>

namespace nearfar::support {

// Appends `text` with its quotes, escaped as JSON asks.
void append_json_string(std::string& out, std::string_view text);

}  // namespace nearfar::support
