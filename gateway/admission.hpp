// The last word before an attempt: money and tokens are reserved, a place at the provider and the probe of a
// half-open breaker are taken.
#pragma once

#include "gateway/query_state.hpp"

namespace nearfar::gateway {

// Everything or nothing. False: another query took the last of something since the snapshot; the next one
// shows it. What is taken is given back by settle_attempt().
bool admit(query_state& q, running_attempt& attempt, target_registry::past_breaker how,
           queue_waiter* granted = nullptr);

}  // namespace nearfar::gateway
