// The dialect openai-chat, both ways.
#pragma once

#include "providers/dialects/codec.hpp"

namespace nearfar::providers::openai_chat {

const codec& the_codec();

}  // namespace nearfar::providers::openai_chat
