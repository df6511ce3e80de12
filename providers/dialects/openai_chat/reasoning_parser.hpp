// Reasoning in a message, in any of the members that vendors put it in. Sans-I/O.
#pragma once

#include "providers/dialects/chat_request.hpp"
#include "providers/dialects/json_fields.hpp"

#include <string>
#include <vector>

namespace nearfar::providers::openai_chat {

// reasoning_content (DeepSeek, Kimi, GLM, Qwen), reasoning and reasoning_details (OpenRouter) as thinking
// parts. OpenRouter says the same text twice: then it is one part, and `spelling` knows of the other. What is
// of another type goes to `extra`.
void parse_reasoning(json_fields& from, std::vector<chat::part>& to, chat::json::object& spelling,
                     chat::json::object& extra);

// Mistral's {"type": "thinking", "thinking": [{"type": "text", "text": …}]}.
void parse_thinking_list(chat::json::object& from, chat::part& to);

// extra_content.google.thought_signature, which Gemini's compatible endpoint gives and wants back; Vertex
// says `vertex` for `google`.
void parse_extra_content(json_fields& from, chat::part& to);

// Signatures of calls that came as entries of reasoning_details, as they left here: each goes to the call of
// its id and is no thought any longer. Those of other servers stay: they want them back as they were.
void give_signatures_to_calls(std::vector<chat::part>& parts);

// A signature as a client sends it: with its issuer's name if it is not this dialect's own.
void take_signature(std::string_view text, std::string_view otherwise, chat::part& to);

}  // namespace nearfar::providers::openai_chat
