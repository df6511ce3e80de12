// The lists of models for a caller whose key may not use all of them.
#pragma once

#include "gateway/deployment.hpp"
#include "gateway/keys/key_record.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

// The body of GET /v1/models: all where `key` is null or has no scope.
std::string visible_models(const deployment& of, const key_record* key);

// Whether the key may ask for the model by this name.
bool may_ask_for(const key_record& key, std::string_view model);

// The targets behind the name, in its order, but for those that the key may not use; all where it is null.
// Empty: there is no such name for this caller.
std::vector<routes::target_index> targets_for(const deployment& of, const key_record* key,
                                              std::string_view name);

// Whether one of the names that the key may ask for leads to the target.
bool may_reach(const deployment& of, const key_record* key, routes::target_index target);

}  // namespace nearfar::gateway
