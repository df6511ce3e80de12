// Barge-in: a running query is ended from outside, by its id, on whatever core it runs.
#pragma once

#include "gateway/query_state.hpp"
#include "gateway/simple_answer.hpp"

#include <string_view>

namespace nearfar::gateway {

// `DELETE /v1/queries/{id}`: 204, or 404 where no such query runs. The upstream call is cancelled when
// this completes; the query's own client is told by its own connection. A query of another key than `key`
// (its name; empty: none) is none that the caller can end.
providers::task<simple_answer> cancel_query(core& on, std::string_view id, std::string_view key);

// For a newer query that replaces an older one: returns when the older has left its target (its place at
// the provider is free for the newer), at most a moment later. An unknown id is nothing to wait for.
providers::task<void> supersede(core& on, std::string_view id, std::string_view key);

// After work_through: where somebody else than its client ended the query, tells the client so. A stream
// ends with an error event and without the end of its body; before the head it is status 499.
providers::task<void> tell_if_stopped(query_state& q);

}  // namespace nearfar::gateway
