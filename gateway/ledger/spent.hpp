// What was spent in a period of time, by whom: what an account that is new begins with.
#pragma once

#include "config/model.hpp"
#include "gateway/ledger/database.hpp"
#include "gateway/ledger/money.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nearfar::gateway {

struct owner_sum {
  std::string owner;
  nano_usd cost = 0;
  std::int64_t tokens = 0;
  // Of a tier: those of which any attempt was made in it.
  std::int64_t queries = 0;
};

// From then until then, for each key, team, ... or for all together. Made of the sums of days, and of rows
// where a day is not whole: of up to twelve hours at the begin of the period, and at its end of those from
// there to the end of the day, which are none where the period ends now.
routes::result<std::vector<owner_sum>> spent_by(database& from, config::limit_by owner, std::int64_t from_ms,
                                                std::int64_t until_ms);

}  // namespace nearfar::gateway
