// A whole openai-chat request as a chat_request, losing nothing. Sans-I/O.
#pragma once

#include "providers/dialects/chat_request.hpp"
#include "routes/error.hpp"

#include <string_view>

namespace nearfar::providers::openai_chat {

// Errors are of kind bad_request, side downstream, with the place in `context`. Deprecated members
// (functions, function_call, max_tokens, the role `function`) become what took their place; the vendors' ways
// to ask for reasoning become chat_request::think. Null is as if it were not there, but for what is written
// back.
routes::result<chat::chat_request> parse_request(std::string_view body);

}  // namespace nearfar::providers::openai_chat
