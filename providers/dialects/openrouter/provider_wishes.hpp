// OpenRouter's extensions of a request, whichever chat dialect carries them: what they wish of routing, and
// what becomes of them on the way to a target. Sans-I/O.
//
// Fields and types as in OpenRouter's API reference (`ProviderPreferences`, `ChatRequest`). There is no
// switch for what cannot be done here: an unknown field of `provider`, a plugin or a limit that nobody can
// check is an error that names it.
#pragma once

#include "config/model.hpp"
#include "providers/dialects/request_view.hpp"
#include "routes/client_wishes.hpp"
#include "routes/error.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace nearfar::providers::openrouter {

// Whether the body has a member of OpenRouter's own at its top. No allocation.
bool has_own_members(const request_view& of);

// Reads `provider`, `models`, `route`, `plugins` and `transforms`. Errors are of kind bad_request, side
// downstream, and name the field.
routes::result<void> read_wishes(const request_view& from, routes::client_wishes& into);

// What a target is not to get. OpenRouter itself keeps what it understands, less what routing here has done:
// `models` and `route` go, and of `provider` the slugs that are names of this configuration.
struct member_changes {
  std::vector<std::string_view> without;       // top-level members, views of the request
  std::optional<config::body_field> provider;  // in the place of the client's own
};
member_changes changes_for(const request_view& of, const routes::target& target,
                           const config::configuration& from);

}  // namespace nearfar::providers::openrouter
