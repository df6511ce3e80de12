// The end of a query: what attempts taught of their targets, counters, and the log line.
#pragma once

#include "gateway/attempt.hpp"
#include "gateway/query_state.hpp"

namespace nearfar::gateway {

// After each attempt, once: registry, link facts, counters, the query's tokens.
void settle_attempt(query_state& q, running_attempt& attempt, const attempt_outcome& outcome);

// Once, at the very end.
void settle_query(query_state& q);

}  // namespace nearfar::gateway
