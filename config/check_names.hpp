// No two entries of a list with the same name.
#pragma once

#include "config/codes.hpp"
#include "config/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace nearfar::config {

template <class Entry>
void check_unique_names(const std::vector<Entry>& entries, std::string_view noun, diagnostics& out) {
  for (auto at = entries.begin(); at != entries.end(); ++at) {
    if (at->name.empty()) continue;
    const auto first = std::find_if(entries.begin(), at, [&](const Entry& e) { return e.name == at->name; });
    if (first == at) continue;
    out.error(code::defined_twice, at->where, fmt::format("there are two {} `{}`", noun, at->name),
              fmt::format("the first is on line {}", first->where.line));
  }
}

}  // namespace nearfar::config
