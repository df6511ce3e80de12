// A Gemini request as a conversation in no dialect. Sans-I/O.
//
// Loses nothing: what the form has no place for stays in `extra`, in camelCase, where this dialect's writer
// finds it. Calls without an id get one made of their place and content, and results without one that of the
// call they answer: the same request always has the same ids.
#pragma once

#include "providers/dialects/chat_request.hpp"
#include "routes/error.hpp"

#include <string_view>

namespace nearfar::providers::gemini {

// `model` and `stream` stand in the path: they stay empty. Errors of kind bad_request, side downstream.
routes::result<chat::chat_request> parse_request(std::string_view body);

}  // namespace nearfar::providers::gemini
