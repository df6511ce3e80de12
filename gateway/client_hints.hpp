// What a client may say in x-nearfar headers. Hints only narrow: privacy rises and never falls.
#pragma once

#include "config/model.hpp"
#include "gateway/request_head.hpp"
#include "routes/query.hpp"

#include <optional>
#include <string>

namespace nearfar::gateway {

struct hint_error {
  std::string message;
};

// Fills privacy, tag and deadlines. An unknown hint is an error and not ignored: a misspelt
// x-nearfar-privacy must not send a private query away.
std::optional<hint_error> apply_client_hints(const request_head& head, const config::configuration& config,
                                             routes::query& to);

}  // namespace nearfar::gateway
