// Whether a broken stream may be continued, by whom and how.
#pragma once

#include "gateway/query_state.hpp"

#include <optional>
#include <string>

namespace nearfar::gateway {

// False where the policy has no hand-over or this answer can have none from the start: then its text need
// not be kept.
bool may_hand_over(const query_state& q);

// What the client knows the stream of a first leg by.
stream_so_far begun_stream(const running_attempt& attempt);

// After a break. Why the answer cannot go on, in one line; nullopt: q.so_far is filled, another target
// may be asked.
std::optional<std::string> take_over(query_state& q, const running_attempt& broken, std::string why);

// How the target would be asked: its preset's way, or a weaker one that this target's refusals have
// taught. `none`: it continues nothing.
config::continuation_kind way_of(const query_state& q, routes::target_index target);

// Whether the failure was a refusal to go on in this way, which is remembered, and a weaker one is left.
bool ask_more_weakly(query_state& q, const running_attempt& asked, const routes::error& why);

}  // namespace nearfar::gateway
