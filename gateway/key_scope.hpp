// What a key makes of its caller's query: privacy at least, tiers, team; and which names and tags it may say.
#pragma once

#include "gateway/query_state.hpp"
#include "gateway/simple_answer.hpp"

#include <optional>

namespace nearfar::gateway {

struct own_error;

// Before the body is looked at: whose query it is. The answer for who is not let in. On the admin listener
// nobody is asked: its token was.
std::optional<simple_answer> identify_caller(query_state& q);

// After the body, the hints and the wishes are read: fills key, team, key_tiers and own_credential of the
// query, raises its privacy, and keeps its conversation apart from other keys'. An error (403) names what the
// key may ask for.
std::optional<own_error> apply_key(query_state& q);

// The credential for one target: the provider's, or where it takes the caller's own (`key: client`) that.
const config::secret& credential_for(const query_state& q, const deployed_target& target);

// The provider refused the credential that the caller brought: nobody else's query is to suffer.
bool refused_the_caller(const deployed_target& target, routes::error_kind kind);

}  // namespace nearfar::gateway
