// One query from its body to its settlement: read, facts, evaluate, attempt, settle.
#pragma once

#include "gateway/query_state.hpp"

#include <string_view>

namespace nearfar::gateway {

// `body` has padding behind it and lives, like `head`, until the task is over. Answers the client in
// every case; errors of the query are answers.
providers::task<after_answer> serve_query(core& on, client_connection& client, const request_head& head,
                                          const query_path& path, std::string_view body,
                                          query_scratch& scratch);

// Fills the query from body and head. False: it was answered with an error.
providers::task<bool> read_query(query_state& q, std::string_view body);
// Fills the query's plan, its reasons and where its conversation lives. What evaluate was told.
routes::evaluation_input evaluate_query(query_state& q);

}  // namespace nearfar::gateway
