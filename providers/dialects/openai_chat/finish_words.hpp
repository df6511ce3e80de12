// Finish reasons by the vendors' words. Sans-I/O.
#pragma once

#include "providers/dialects/chat_answer.hpp"

#include <string_view>

namespace nearfar::providers::openai_chat {

chat::finish finish_of(std::string_view word);
// OpenAI's word. `other` and `none` are a stop: clients know no further.
std::string_view word_of(chat::finish why);

}  // namespace nearfar::providers::openai_chat
