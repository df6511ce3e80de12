// The stretches of time that limits count in: a minute, an hour, a day, a month of the calendar, in a zone.
#pragma once

#include "config/period.hpp"
#include "config/zones.hpp"

#include <cstdint>

namespace nearfar::gateway {

struct window {
  std::int64_t begin = 0;  // Unix seconds, inside
  std::int64_t end = 0;    // outside

  bool holds(std::int64_t moment) const { return moment >= begin && moment < end; }
};

// The one that holds `now`. A day begins when the clocks of its zone show its date for the first time and
// ends when the next one begins: it lasts 23 or 25 hours where the clocks change, and where they change at
// midnight each moment is still of one day alone. A month likewise. Minutes and hours have 60 of their parts.
window window_at(config::period length, std::int64_t now, const config::zone& in = {});

}  // namespace nearfar::gateway
