// What a client may say in x-nearfar headers. Hints only narrow: privacy rises and never falls.
#pragma once

#include "config/model.hpp"
#include "gateway/request_head.hpp"
#include "routes/query.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace nearfar::gateway {

struct hint_error {
  std::string message;
};

// The value of `x-session-id`: names the conversation where the body does not. Empty: not sent.
std::string_view session_header(const request_head& head);

// Fills privacy, tag and deadlines. An unknown hint is an error and not ignored: a misspelt
// x-nearfar-privacy must not send a private query away.
std::optional<hint_error> apply_client_hints(const request_head& head, const config::configuration& config,
                                             routes::query& to);

}  // namespace nearfar::gateway
