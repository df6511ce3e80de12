// A Gemini answer that is not streamed. Sans-I/O.
#pragma once

#include "providers/dialects/chat_answer.hpp"
#include "routes/error.hpp"

#include <string_view>

namespace nearfar::providers::gemini {

// Errors: an error object inside a 200 (also in an array), server_error where the model broke its answer,
// empty, bad_answer. A blocked prompt is an answer: content_filter without content.
routes::result<chat::chat_answer> read_answer(std::string_view body);

}  // namespace nearfar::providers::gemini
