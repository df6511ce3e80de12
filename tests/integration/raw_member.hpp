// Spans of a JSON text as it stands, for assertions about bytes: nothing is parsed and written again.
#pragma once

#include <string_view>
#include <vector>

namespace nearfar::tests {

// The value of a top-level member of an object; empty: none. The text must be valid JSON.
std::string_view raw_member(std::string_view object, std::string_view name);
// The elements of an array.
std::vector<std::string_view> raw_elements(std::string_view array);

}  // namespace nearfar::tests
