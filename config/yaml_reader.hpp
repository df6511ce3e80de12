// A cursor over one map of the tree: take the keys you know, the rest is reported.
#pragma once

#include "config/diagnostic.hpp"
#include "config/yaml_tree.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::config {

// Where a value is read, for messages: "`stall` in attempts `voice`".
struct place {
  std::string section;  // "rule `save-battery`", empty at the top of the file
  std::string key;      // empty: the section itself
  std::string example;  // as it would be written
  mark key_mark;

  std::string in() const;       // " in rule `save-battery`" or empty
  std::string subject() const;  // "`order` in rule `save-battery`"
};

class map_reader {
 public:
  // `map` must be a map node and outlive this. Missing keys are reported at `where`.
  map_reader(const yaml_node& map, std::string section, mark where, diagnostics& out);

  // Null when the key is not there. Every key asked for becomes legal at this place.
  const yaml_entry* take(std::string_view key);
  void allow(std::string_view key) { legal_.emplace_back(key); }
  void missing(std::string_view key, std::string_view example);

  // Reports the keys that nobody took and those that are missing.
  void finish();

  const std::string& section() const { return section_; }
  const yaml_node& map() const { return map_; }

 private:
  const yaml_node& map_;
  std::string section_;
  mark where_;
  diagnostics& out_;
  std::vector<std::string> legal_;
  std::vector<std::pair<std::string, std::string>> missing_;
};

// Each of these reports what is wrong and gives nullopt or false; a broken node was reported before.

// Reports a node that is not of the wanted kind. `what` as in "wants a list".
bool expect_map(const yaml_node& node, const place& at, diagnostics& out);
bool expect_list(const yaml_node& node, const place& at, diagnostics& out);
// A scalar that is not empty; `wanted` as in "a duration such as `4s`".
std::optional<std::string_view> expect_scalar(const yaml_node& node, const place& at, std::string_view wanted,
                                              diagnostics& out);

std::optional<bool> read_flag(const yaml_node& node, const place& at, diagnostics& out);
std::optional<std::string> read_text(const yaml_node& node, const place& at, diagnostics& out);
// A word of the user's own: letters, digits, `.`, `_`, `-` and what `also` allows.
std::optional<std::string> read_name(const yaml_node& node, const place& at, std::string_view also,
                                     diagnostics& out);

}  // namespace nearfar::config
