// The codec of /v1/messages: asked and served.
#pragma once

#include "providers/dialects/codec.hpp"

namespace nearfar::providers::anthropic_messages {

// For the process; stateless.
const codec& the_codec();

}  // namespace nearfar::providers::anthropic_messages
