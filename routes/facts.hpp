// The inputs of the policy besides the query itself.
//
// Only sensed facts can be unknown. Ages are judged before this struct is filled: a stale reading
// arrives here as unknown (or as its `if_unsensed`).
#pragma once

#include "routes/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace nearfar::routes {

template <class T>
using sensed = std::optional<T>;  // nullopt: unknown

enum class network_state : std::uint8_t { online, degraded, portal, offline };
enum class lan_state : std::uint8_t { up, down };
enum class thermal_state : std::uint8_t { nominal, fair, serious, critical };

// monostate: unknown
using declared_value = std::variant<std::monostate, bool, double, std::string>;

struct header_view {
  std::string_view name;  // any case
  std::string_view value;
};

struct facts {
  sensed<network_state> network = network_state::online;
  sensed<lan_state> lan = lan_state::up;
  sensed<bool> metered;
  sensed<bool> roaming;
  sensed<double> battery;  // 0..100
  sensed<bool> charging;
  sensed<thermal_state> thermal;
  std::span<const declared_value> declared;  // in the order of the policy's declared facts
  std::span<const header_view> headers;      // of the query
  local_time now;
  // Seconds east of UTC at `now`, in the order of policy::zones(). A missing one is unknown.
  std::span<const std::int32_t> zone_offsets;
  std::int32_t machine_offset = 0;  // for a weekday that names no zone
  double spend = 0;                 // USD of the key today
};

}  // namespace nearfar::routes
