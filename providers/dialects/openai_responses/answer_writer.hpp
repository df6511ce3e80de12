// A whole answer as the response object. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"

#include <string>

namespace nearfar::providers::openai_responses {

// Of several choices the first: the dialect has one.
std::string write_answer(const chat::chat_answer& answer, const answer_terms& terms);

}  // namespace nearfar::providers::openai_responses
