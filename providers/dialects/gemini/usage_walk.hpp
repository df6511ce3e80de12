// Reads `usageMetadata`. For the codec's .cpp files: it includes simdjson.
#pragma once

#include "providers/dialects/json_walk.hpp"
#include "providers/dialects/usage.hpp"

#include <optional>

namespace nearfar::providers::gemini {

// False: malformed. `out` is written only when the value is an object with a count in it. Gemini counts
// thoughts and the prompts of its own tools beside; here input and output include them.
bool read_usage(json_walk::od::value v, std::optional<usage>& out);

}  // namespace nearfar::providers::gemini
