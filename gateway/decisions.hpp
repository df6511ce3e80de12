// A query's line in the decision log: begun when its plan is made, ended when it is settled.
#pragma once

#include "gateway/query_state.hpp"

namespace nearfar::gateway {

// Right after evaluate, while its inputs still are what it read. A name that stands for nothing also sets the
// discovery of models on.
void begin_decision(query_state& q, const routes::evaluation_input& in);
// At the very end. Nothing where no plan was made or nobody keeps decisions.
void end_decision(query_state& q, std::chrono::microseconds took);

}  // namespace nearfar::gateway
