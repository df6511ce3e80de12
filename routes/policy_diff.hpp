// What changed between two policies: as written, and in the answers.
#pragma once

#include "config/yaml_tree.hpp"
#include "routes/answer_grid.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nearfar::routes {

// ---- as written -------------------------------------------------------------------------------

struct written_change {
  enum class kind : std::uint8_t { added, removed, moved, changed };
  kind is = kind::changed;
  std::string subject;  // "rule save-battery", "target homelab/qwen3-32b", "server"
  std::string field;    // "when.battery"; empty: the whole of it
  std::string before;   // as written; of a move its place in the table
  std::string after;
  int old_line = 0;  // 0: not in that file
  int new_line = 0;
};

// Blind to comments, to the order of keys and to how a number is written (`8k`, `8000`). Rules and entries
// of `attempts` are told apart by name, and a move among those that stayed is one change.
std::vector<written_change> written_changes(const config::yaml_node& before, const config::yaml_node& after);

// ---- in the answers ---------------------------------------------------------------------------

// Most combinations that are asked. Above it only those that differ from an ordinary query in few facts.
inline constexpr std::uint64_t max_diff_cells = 200'000;

struct answer_changes {
  struct row {
    std::vector<std::string> values;  // one for each of `facts`; "any" where it does not matter
    // The first target; all of the order where the first is the same; with the entry of `attempts` where
    // only that changed. "none", "out of reach", "no such name".
    std::string before;
    std::string after;
    std::string rule_before;
    std::string rule_after;
    std::uint64_t cells = 0;
  };
  std::vector<std::string> facts;
  std::uint64_t asked = 0;
  std::uint64_t changed = 0;
  std::size_t varied = 0;  // 0: all combinations; else so many facts at a time
  std::vector<row> rows;   // joined where all combinations were asked
};

// Over every fact that either policy reads, and what their targets can do where that differs. `moment` is
// the now that `until` counts from.
answer_changes changed_answers(const policy& before, const policy& after, std::int64_t moment,
                               std::uint64_t most_cells = max_diff_cells);

struct policy_diff {
  std::string old_file;
  std::string new_file;
  std::vector<written_change> written;
  answer_changes answers;
  bool same() const { return written.empty() && answers.changed == 0; }
};

std::string to_text(const policy_diff& d);
std::string to_json(const policy_diff& d);

}  // namespace nearfar::routes
