// Time zones by their IANA names, from the system's database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace nearfar::config {

// Seconds east of UTC in `zone` at that moment; nullopt: no such zone on this machine. Slow (a
// database look-up): callers keep the answer for some minutes.
std::optional<std::int32_t> zone_offset(const std::string& zone, std::int64_t unix_seconds);

// The same for the zone this machine is set to; 0 where that cannot be told.
std::int32_t machine_offset(std::int64_t unix_seconds);

}  // namespace nearfar::config
