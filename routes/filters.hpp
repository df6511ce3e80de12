// What stands between a query and a target. Private to routes/; shared by evaluate and by the attempts.
#pragma once

#include "routes/evaluate.hpp"
#include "routes/target_set.hpp"

namespace nearfar::routes {

// Everything the guards let through just now. Fills the trace when there is one.
wall raise_wall(const evaluation_input& in, trace* why);

// The guard that keeps the target out; `kept` and none_index where none does. What one of the client's
// `models` brought must pass the guards under that name, too.
verdict blamed_guard(const evaluation_input& in, target_index t);

// What the target lacks for this query; kept if nothing.
drop_reason incapable(const target& t, const query& asked);

// The key's tiers; and where a provider wants the caller's own credential, that there is one.
bool key_lets(const policy& rules, const query& asked, target_index t);

// Link facts, parks, breaker, queue. Looked at again before each attempt.
drop_reason momentary(const evaluation_input& in, target_index t);

const target_snapshot& snapshot_of(const evaluation_input& in, target_index t);

}  // namespace nearfar::routes
