// One target of a prewarm: what was done to it and how far that came.
#pragma once

#include "gateway/query_state.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace nearfar::gateway {

struct warm_target {
  explicit warm_target(routes::target_index which) : target(which) {}

  routes::target_index target;
  std::function<void()> cancel;  // set while it waits

  bool connected = false;
  bool loaded = false;
  std::optional<providers::usage> prefilled;
  std::string why;  // what was not done, and why; empty: all there is
  std::chrono::microseconds took{0};
};

// As far as it goes: a place at the provider, the model's load, a connection, the prompt. Takes no breaker's
// word but to leave it alone, and teaches none. `q` outlives it; ends early when q is stopped.
providers::task<void> warm_up(query_state& q, std::shared_ptr<warm_target> one);

void append_json(const warm_target& one, const query_state& q, std::string& out);

}  // namespace nearfar::gateway
