// Strings of a JSON text by hand, where a strict parser would refuse them. Sans-I/O.
#pragma once

#include <string>
#include <string_view>

namespace nearfar::providers {

// What stands between the quotes, unescaped. A lone surrogate (some servers cut pairs in two) and an escape
// that JSON does not know become U+FFFD, as browsers have it.
std::string unescape(std::string_view raw);

}  // namespace nearfar::providers
