// What a text is called.
#pragma once

#include <string>
#include <string_view>

namespace nearfar::config {

// First 12 hex digits of the text's SHA-256.
std::string revision_of(std::string_view text);

}  // namespace nearfar::config
