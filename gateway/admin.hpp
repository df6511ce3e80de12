// The admin listener: facts, targets, policy, events, metrics. Always behind the token.
#pragma once

#include "gateway/request_head.hpp"
#include "gateway/simple_answer.hpp"

#include <string>
#include <string_view>

namespace nearfar::gateway {

struct core;
struct query_scratch;

providers::task<after_answer> serve_admin(core& on, client_connection& client, const request_head& head,
                                          std::string_view body, query_scratch& scratch);

// Reads `state`/admin.token, or makes one (0600) at the first start. Empty with the reason in `why`.
std::string load_admin_token(const std::string& state_folder, std::string& file, std::string& why);

}  // namespace nearfar::gateway
