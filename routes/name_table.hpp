// What a requested name stands for. First hit wins: an exact entry of `models`, `provider/model`, a
// model id or `as` at every provider, the longest glob, `*` last. Case-sensitive.
#pragma once

#include "routes/policy.hpp"

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace nearfar::routes {

using target_list = std::vector<target_index>;

class name_table {
 public:
  // Keeps the first of two.
  void exact(std::string name, target_list targets);
  // Any order; find() tries the longest first, the file's order among equals.
  void glob(std::string pattern, target_list targets);

  const target_list* find_exact(std::string_view name) const;
  std::span<const target_index> find(std::string_view name) const;

 private:
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  std::unordered_map<std::string, target_list, hash, std::equal_to<>> exact_;
  std::vector<std::pair<std::string, target_list>> globs_;
};

}  // namespace nearfar::routes
