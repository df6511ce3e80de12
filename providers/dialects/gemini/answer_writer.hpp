// A whole answer for a Gemini client. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"

#include <cstdint>
#include <string>

namespace nearfar::providers::gemini {

std::string write_answer(const chat::chat_answer& answer, const answer_terms& terms);

// {"totalTokens":n}, the answer of countTokens.
std::string token_count_body(std::uint64_t tokens);

}  // namespace nearfar::providers::gemini
