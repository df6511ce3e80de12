// A whole Anthropic answer. Sans-I/O.
#pragma once

#include "providers/dialects/chat_answer.hpp"
#include "routes/error.hpp"

#include <string_view>

namespace nearfar::providers::anthropic_messages {

// As codec::read_answer. An answer that holds nothing is `empty`, but where it was refused, paused, or
// ended by its limit (max_tokens 0 only warms a cache).
routes::result<chat::chat_answer> read_answer(std::string_view body);

}  // namespace nearfar::providers::anthropic_messages
