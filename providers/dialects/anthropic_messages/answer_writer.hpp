// A whole answer as Anthropic's. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"

#include <string>

namespace nearfar::providers::anthropic_messages {

// Of several choices the first: the dialect has one.
std::string write_answer(const chat::chat_answer& answer, const answer_terms& terms);

}  // namespace nearfar::providers::anthropic_messages
