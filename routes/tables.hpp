// The compiled form of a policy. Private to routes/.
#pragma once

#include "routes/condition_code.hpp"
#include "routes/name_table.hpp"
#include "routes/policy.hpp"
#include "routes/target_set.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nearfar::routes {

inline constexpr std::int64_t no_end = std::numeric_limits<std::int64_t>::max();

struct guard_row {
  std::uint32_t when = 0;
  std::optional<std::uint32_t> unless;
  target_set denied;  // deny, and what leaves in doubt
  target_set passed;  // inside `allow` and not denied
  std::int64_t until = no_end;
};

struct rule_row {
  std::uint32_t when = 0;
  target_set only;
  target_set affordable;
  std::vector<std::uint16_t> rank;  // by target; those that no `prefer` names come last
  target_set demoted;
  config::order_by order = config::order_by::listed;
  std::int64_t until = no_end;
};

struct attempts_row {
  std::uint32_t when = 0;
  attempt_settings settings;
  target_set racers;  // whom `race` may start; read only where the settings have one
};

struct limit_row {
  std::uint32_t when = 0;
  target_set takes;             // who is left out where there is no room
  bool meets_unpriced = false;  // it is of cost, and takes a target whose price is not known
};

struct policy::tables {
  std::shared_ptr<const config::configuration> source;
  std::vector<target> targets;
  std::vector<std::string> public_names;
  name_table names;
  std::vector<std::string> zones;
  std::vector<std::string> declared;
  condition_code code;
  std::vector<guard_row> guards;
  std::vector<rule_row> rules;
  std::vector<attempts_row> attempts;  // the last one always matches
  std::vector<limit_row> limits;       // as configuration::limits
  bool sticks = false;                 // the policy has `stick`
  std::vector<declared_value> unsensed_declared;
  facts unsensed;
};

}  // namespace nearfar::routes
