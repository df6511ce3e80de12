#include "gateway/core.hpp"

#include "config/zones.hpp"

#include <ctime>

namespace nearfar::gateway {

fact_snapshot& core::fresh_facts(routes::instant now) {
  if (facts.version != shared.facts.version() || now >= facts.valid_until) shared.facts.fill(now, facts);
  auto& values = facts.values;
  values.now.unix_seconds = std::time(nullptr);
  if (values.now.unix_seconds >= zones_until) {
    constexpr std::int64_t quarter_hour = 900;
    zones_until = (values.now.unix_seconds / quarter_hour + 1) * quarter_hour;
    zone_offsets.clear();
    for (const auto& zone : deployed->policy->zones()) {
      // Unknown zones are errors of the configuration, so this one exists.
      zone_offsets.push_back(config::zone_offset(zone, values.now.unix_seconds).value_or(0));
    }
    values.machine_offset = config::machine_offset(values.now.unix_seconds);
  }
  values.zone_offsets = zone_offsets;
  return facts;
}

}  // namespace nearfar::gateway
