// The stretches of time that limits count in: a minute, an hour, a day, a month of the calendar, in a zone.
// Pure: moments and the zone's offset are passed in.
#pragma once

#include "config/period.hpp"

#include <cstdint>

namespace nearfar::gateway {

struct window {
  std::int64_t begin = 0;  // Unix seconds, inside
  std::int64_t end = 0;    // outside
};

// The one that holds `now`. `offset` is the zone's, in seconds east of UTC at that moment: a day with a
// change of the clock is as long as its two halves say.
window window_at(config::period length, std::int64_t now, std::int32_t offset);

}  // namespace nearfar::gateway
