// A target reads a prompt into its cache and says next to nothing: what `prefill` of a preset asks for.
// Only targets on the device and on own servers: a remote one would bill it.
#pragma once

#include "gateway/query_state.hpp"
#include "providers/dialects/usage.hpp"

#include <string>
#include <string_view>

namespace nearfar::gateway {

bool can_prefill(const deployed_target& target);

// The body that has `target` read the query's prompt, and behind it what an answer has `said` so far, as
// a continuation of this kind would send it. A copy: nothing of the query is needed afterwards. Empty:
// it cannot be asked to go on.
std::string prefill_body(query_state& q, const deployed_target& target, std::string_view said,
                         config::continuation_kind way);

struct prefill_clocks {
  std::chrono::milliseconds connect;
  steady::time_point until;
};

// What the target says it read, of which how much was in its cache; zeros where it says nothing. One
// stale connection is replaced. Cancelled by call.cancel(). All but the last two outlive the call.
providers::task<routes::result<providers::usage>> prefill(providers::exchange& call,
                                                          const deployed_target& target,
                                                          const providers::origin& where,
                                                          const std::string& body, prefill_clocks clocks);

}  // namespace nearfar::gateway
