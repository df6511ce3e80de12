// A whole Responses answer as one of no dialect. Sans-I/O.
#pragma once

#include "providers/dialects/chat_answer.hpp"
#include "routes/error.hpp"

#include <string_view>

namespace nearfar::providers::openai_responses {

// Items of a type that is not known are opaque parts. Errors: an error object inside a 200 or a failed
// response (as its code says), empty (no text, call, reasoning or image), bad_answer (no response).
routes::result<chat::chat_answer> read_answer(std::string_view body);

}  // namespace nearfar::providers::openai_responses
