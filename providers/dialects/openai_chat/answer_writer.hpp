// A whole answer of any dialect as an openai-chat client reads it. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"

#include <string>

namespace nearfar::providers::openai_chat {

std::string write_answer(const chat::chat_answer& answer, const answer_terms& terms);

}  // namespace nearfar::providers::openai_chat
