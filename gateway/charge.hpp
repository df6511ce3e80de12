// What one attempt used and cost, as far as anybody knows, and its row in the ledger.
#pragma once

#include "gateway/attempt.hpp"
#include "gateway/ledger/ledger_row.hpp"
#include "gateway/query_state.hpp"

#include <optional>

namespace nearfar::gateway {

struct attempt_charge {
  providers::usage tokens;
  certainty sure = certainty::none;
  std::optional<nano_usd> cost;  // nullopt: something was used whose price is not known
  bool cost_is_reported = false;
};

// Reported where the upstream told its usage. Estimated where an answer came without, or where something may
// have been billed though the answer was cut short: what was asked, and what of the answer was seen, or all
// of it where we closed it and the preset says that closing does not stop the bill. None where nothing was
// generated.
attempt_charge charge_of(const query_state& q, const running_attempt& attempt,
                         const attempt_outcome& outcome);

// `leg`: of the answer, from 1; 0: the client has nothing of it. Its texts are the query's and the attempt's.
ledger_row_view row_of(const query_state& q, const running_attempt& attempt, const attempt_charge& charge,
                       unsigned leg);

// "answered", "lost_race", or the failure's name.
std::string_view outcome_name(const attempt_record& attempt);

}  // namespace nearfar::gateway
