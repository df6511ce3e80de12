// Answers that another thread makes while the core goes on serving.
#pragma once

#include "gateway/simple_answer.hpp"
#include "providers/io.hpp"

#include <functional>

namespace nearfar::gateway {

using answer_sink = std::function<void(simple_answer)>;

// Calls `begin` here with a sink, and completes here once the sink was called, from any thread. It must be
// called exactly once and before the core dies; whoever waits cannot be cancelled.
providers::task<simple_answer> answer_elsewhere(core& on, std::function<void(answer_sink)> begin);

}  // namespace nearfar::gateway
