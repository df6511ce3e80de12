// Tools, the choice of them, answer formats and the vendors' ways to ask for reasoning, as an openai-chat
// request has them. Sans-I/O. All return false where the value is not of a form that can be understood.
#pragma once

#include "providers/dialects/chat_request.hpp"

#include <string_view>

namespace nearfar::providers::openai_chat {

// An entry of `tools`. Of another type than function and custom: hosted, all of it in `extra`.
bool parse_tool(chat::json::value& v, chat::tool& to);
// An entry of the deprecated `functions`.
bool parse_function(chat::json::value& v, chat::tool& to);
// `tool_choice`, or the deprecated `function_call`.
bool parse_tool_choice(const chat::json::value& v, chat::tool_choice& to);
bool parse_format(const chat::json::value& v, chat::response_format& to);

// reasoning_effort (OpenAI), reasoning and include_reasoning (OpenRouter), thinking (DeepSeek, Kimi, GLM),
// enable_thinking and thinking_budget (Qwen).
bool says_effort(std::string_view name);
// Adds to `to`; what is already there stays where `v` says nothing of it.
bool parse_effort(std::string_view name, const chat::json::value& v, chat::reasoning& to);

}  // namespace nearfar::providers::openai_chat
