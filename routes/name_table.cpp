#include "routes/name_table.hpp"

#include "config/glob.hpp"

#include <algorithm>

namespace nearfar::routes {

void name_table::exact(std::string name, target_list targets) {
  exact_.try_emplace(std::move(name), std::move(targets));
}

void name_table::glob(std::string pattern, target_list targets) {
  const auto shorter = [&](const auto& other) { return other.first.size() < pattern.size(); };
  const auto at = std::find_if(globs_.begin(), globs_.end(), shorter);
  globs_.emplace(at, std::move(pattern), std::move(targets));
}

const target_list* name_table::find_exact(std::string_view name) const {
  const auto at = exact_.find(name);
  return at == exact_.end() ? nullptr : &at->second;
}

std::span<const target_index> name_table::find(std::string_view name) const {
  if (name.empty()) return {};
  if (const auto* hit = find_exact(name)) return *hit;
  for (const auto& [pattern, targets] : globs_) {
    if (config::glob_match(pattern, name)) return targets;
  }
  return {};
}

}  // namespace nearfar::routes
