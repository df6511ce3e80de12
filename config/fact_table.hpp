// Every fact that a condition may name.
#pragma once

#include "config/dialect.hpp"
#include "config/units.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace nearfar::config {

enum class fact_shape : std::uint8_t {
  boolean,
  choice,  // one of `words`
  name,    // any word
  number,
  window,   // "22:00-06:00 Europe/Berlin"
  weekday,  // "mon-fri Europe/Berlin"
  header,   // a map of header names
};

// Who decides what the fact is; guards depend on it.
enum class fact_source : std::uint8_t {
  sensed,   // link monitor, device, PUT /admin/facts: may be unknown
  caller,   // key and team: established, not claimed
  privacy,  // a client may raise it, never lower it
  clock,
  client,  // whatever the client sends or leaves out
  ledger,
};

struct fact_info {
  std::string_view name;
  fact_shape shape;
  fact_source source;
  std::string_view doc;
  std::string_view example;
  std::span<const std::string_view> words = {};
  quantity unit = quantity::plain;
};

// The words of the choices, from the best to the worst where they have an order.
inline constexpr std::array<std::string_view, 4> network_words{"online", "degraded", "portal", "offline"};
inline constexpr std::array<std::string_view, 2> lan_words{"up", "down"};
inline constexpr std::array<std::string_view, 4> thermal_words{"nominal", "fair", "serious", "critical"};
inline constexpr std::array<std::string_view, 3> privacy_words{"public", "internal", "private"};
inline constexpr std::array<std::string_view, 7> weekday_words{"mon", "tue", "wed", "thu",
                                                               "fri", "sat", "sun"};

std::span<const fact_info> fact_table();
const fact_info* find_fact(std::string_view name);

}  // namespace nearfar::config
