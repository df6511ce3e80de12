// "did you mean": the nearest word that is legal at a place.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::config {

// Restricted edit distance (optimal string alignment): insert, delete, replace and swap of neighbours cost
// one each. `-` and `_` are the same letter, and so are cases.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest of `legal` within max(1, length / 3), empty if none. Of equals the first.
std::string_view nearest(std::string_view written, std::span<const std::string_view> legal);
std::string_view nearest(std::string_view written, std::span<const std::string> legal);

// "did you mean `x`?", else "one of `a`, `b`, `c`" when there are few, else empty.
std::string suggestion(std::string_view written, std::span<const std::string_view> legal);
std::string suggestion(std::string_view written, std::span<const std::string> legal);

}  // namespace nearfar::config
