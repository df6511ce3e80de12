// Yesterday's decisions under another policy: what would have moved, at what cost, and why. Replays facts
// and states, never text; it predicts the choice, not what an upstream would have answered.
#pragma once

#include "routes/replay.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearfar::routes {

// Where a query goes that no target may answer, and one whose targets are all out of reach for a moment.
inline constexpr std::string_view refused_place = "(refused)";
inline constexpr std::string_view held_back_place = "(held back)";

struct share {
  std::uint64_t queries = 0;
  std::uint64_t moved = 0;
};

// USD. Low counts what is known to be used, high also the output that a query without usage asked for.
struct cost_range {
  double low = 0;
  double high = 0;
};

struct moved_example {
  std::string id;
  std::string model;
  std::string from;
  std::string to;
  std::string why;  // explain's text
};

struct simulation_report {
  std::uint64_t queries = 0;  // that could be decided
  std::uint64_t undecidable = 0;
  std::map<std::string, std::uint64_t> missing;                         // fact -> queries that lack it
  std::map<std::pair<std::string, std::string>, std::uint64_t> matrix;  // from, to
  std::uint64_t moved = 0;
  std::uint64_t newly_refused = 0;
  std::uint64_t newly_answered = 0;
  std::map<std::string, std::uint64_t> guard_hits;
  std::map<std::string, share> by_model;
  std::map<std::string, share> by_key;
  std::uint64_t priced = 0;          // queries where both targets' prices are known
  std::uint64_t moved_unpriced = 0;  // moved from one target to another, a price of which is not known
  cost_range cost_before;
  cost_range cost_after;
  std::uint64_t timed = 0;           // queries where both targets' first tokens had been measured
  double first_token_before_ms = 0;  // mean
  double first_token_after_ms = 0;
  std::vector<moved_example> examples;

  double moved_share() const {
    return queries == 0 ? 0 : static_cast<double>(moved) / static_cast<double>(queries);
  }
};

class simulation {
 public:
  static constexpr std::size_t most_examples = 10;

  simulation(const policy& rules, replay::zone_lookup offset_of);

  // bind() is called on it.
  void add(decision_record& one);
  // Means are filled in; may be asked between adds.
  simulation_report report() const;

 private:
  void count_cost(const decision_record& one, const std::string& from, std::optional<target_index> to);
  void count_time(const decision_record& one, const std::string& from, const std::string& to);

  const policy& rules_;
  replay replay_;
  simulation_report so_far_;
  plan plan_;
  trace why_;
};

std::string to_text(const simulation_report& report);
std::string to_json(const simulation_report& report);

// "moved>10%", "refused>0", "cost>5%", "undecidable>0". Nullopt: not of this form.
std::optional<bool> exceeds(const simulation_report& report, std::string_view limit);

}  // namespace nearfar::routes
