// What a text is called.
#pragma once

#include "config/model.hpp"

#include <span>
#include <string>
#include <string_view>

namespace nearfar::config {

// First 12 hex digits of the SHA-256 of the text and of the texts that it brings in; those that are empty
// leave it as it is.
std::string revision_of(std::string_view text, std::span<const included_file> included = {});

}  // namespace nearfar::config
