// What a policy hangs on beside its own text: keys, presets of the user's own, the imported catalog.
#pragma once

#include "gateway/deployment.hpp"

namespace nearfar::gateway {

// Whether they say now what they said when this was made. Reads files and the environment. Keys are compared
// with those that the targets hold: any other copy might have been read later than they.
bool inputs_are_as_deployed(const deployment& of);

}  // namespace nearfar::gateway
