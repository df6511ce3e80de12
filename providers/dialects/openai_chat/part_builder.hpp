// One part of a message as openai-chat has it, without what is a dialect's own. Sans-I/O.
#pragma once

#include "providers/dialects/chat_request.hpp"

#include <string_view>

namespace nearfar::providers::openai_chat {

chat::json::object text_object(std::string_view text);
// Empty: openai-chat has no such part. `same`: it came from this dialect, and is written as it was.
chat::json::object part_object(const chat::part& part, bool same);
// An entry of tool_calls, or the value of the deprecated function_call.
chat::json::object call_object(const chat::part& part, bool same, std::string_view id);

}  // namespace nearfar::providers::openai_chat
