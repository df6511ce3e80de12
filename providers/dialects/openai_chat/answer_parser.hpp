// A whole openai-chat answer as a chat_answer. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"

namespace nearfar::providers::openai_chat {

// Errors as read_answer's (answer_reader.hpp): an error inside a 200, an empty answer, one that is no answer.
routes::result<chat::chat_answer> parse_answer(std::string_view body, const config::quirks* of = nullptr);

}  // namespace nearfar::providers::openai_chat
