// The list of models for a caller whose key may not ask for all of them.
#pragma once

#include "gateway/deployment.hpp"
#include "gateway/keys/key_record.hpp"

#include <string>
#include <string_view>

namespace nearfar::gateway {

// The body of GET /v1/models: all where `key` is null or has no scope.
std::string visible_models(const deployment& of, const key_record* key);

// Whether the key may ask for the model by this name.
bool may_ask_for(const key_record& key, std::string_view model);

}  // namespace nearfar::gateway
