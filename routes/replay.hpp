// A recorded decision under a policy that may be another one than it was made by.
#pragma once

#include "routes/decision_record.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::routes {

// Targets are matched by name; one that was no candidate then counts as healthy and unmeasured. Zones are
// asked of `offset_of` (seconds east of UTC at that moment), because routes has no database of them.
class replay {
 public:
  using zone_lookup =
      std::function<std::optional<std::int32_t>(const std::string& zone, std::int64_t unix_seconds)>;

  replay(const policy& rules, zone_lookup offset_of);

  // Facts that this policy asks for and the record does not hold: what it would answer cannot be told.
  // A record made by a policy that did not ask for a header has not kept it.
  std::vector<std::string> missing_facts(const decision_record& of) const;

  // Views into this object and the record: good until the next call. bind() was called on the record.
  evaluation_input input(const decision_record& of);

 private:
  std::optional<target_index> find(std::string_view name) const;
  void fill_zones(std::int64_t unix_seconds);

  const policy& rules_;
  zone_lookup offset_of_;
  std::vector<std::string> headers_;                           // that conditions ask for
  std::vector<std::string> declared_;                          // of those conditions ask for
  std::vector<std::pair<std::string, target_index>> by_name_;  // sorted
  facts seen_;
  std::vector<declared_value> declared_values_;
  std::vector<header_view> sent_;
  std::vector<target_snapshot> targets_;
  std::vector<std::int32_t> zones_;
  std::int64_t zones_until_ = -1;
};

}  // namespace nearfar::routes
