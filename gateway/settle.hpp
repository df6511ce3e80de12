// The end of a query: what attempts taught of their targets, counters, and the log line.
#pragma once

#include "gateway/attempt.hpp"
#include "gateway/query_state.hpp"

namespace nearfar::gateway {

// After each attempt: registry, link facts, counters.
void settle_attempt(query_state& q, routes::target_index target, steady::time_point began,
                    const attempt_outcome& outcome);

// Once, at the very end.
void settle_query(query_state& q);

// As in logs: "complete", "refused", ...
std::string_view end_name(query_end end);

}  // namespace nearfar::gateway
