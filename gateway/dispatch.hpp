// Works through a query's plan: attempts, waits, queues, races, hand-over, until the client has an
// answer or an error.
#pragma once

#include "gateway/query_state.hpp"

namespace nearfar::gateway {

// The query is read, and evaluated just now; its plan is not empty. Sets `end`.
providers::task<void> work_through(query_state& q, const routes::evaluation_input& evaluated);

}  // namespace nearfar::gateway
