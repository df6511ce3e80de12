// `POST /v1/prewarm`: a query without generation. The plan's first targets are made ready for the query
// that is about to come: connected, loaded, their prompt cache filled.
#pragma once

#include "gateway/query_state.hpp"

#include <string_view>

namespace nearfar::gateway {

// Of the whole gateway. A voice device asks once a wake-up; more is a client that loops.
inline constexpr unsigned prewarms_a_minute = 30;

// `body` is a chat request's; whatever forbids a target to the query forbids it here. Answers 200 with
// what is warm now, target by target, or the error that the query would get; 429 beyond the limit.
providers::task<after_answer> serve_prewarm(core& on, client_connection& client, const request_head& head,
                                            std::string_view body, query_scratch& scratch);

}  // namespace nearfar::gateway
