// Why an answer ended, in this dialect's words and in none.
#pragma once

#include "providers/dialects/chat_answer.hpp"

#include <string_view>

namespace nearfar::providers::anthropic_messages {

constexpr chat::finish finish_of(std::string_view reason) {
  if (reason.empty()) return chat::finish::none;
  if (reason == "end_turn" || reason == "stop_sequence" || reason == "pause_turn") return chat::finish::stop;
  if (reason == "max_tokens" || reason == "model_context_window_exceeded") return chat::finish::length;
  if (reason == "tool_use") return chat::finish::tool_calls;
  if (reason == "refusal") return chat::finish::content_filter;
  return chat::finish::other;
}

// What the answer holds decides where the upstream says less: some end with `stop` after calls.
struct ended {
  chat::finish why = chat::finish::none;
  std::string_view native;
  bool stopped_by_sequence = false;
  bool calls = false;
  bool refused = false;
};

constexpr std::string_view stop_reason(const ended& how) {
  // The dialect's own words stay: OpenAI has none for pause_turn.
  if (how.native == "pause_turn" || how.native == "model_context_window_exceeded") return how.native;
  switch (how.why) {
    case chat::finish::length:
      return "max_tokens";
    case chat::finish::content_filter:
      return "refusal";
    case chat::finish::tool_calls:
      return "tool_use";
    case chat::finish::none:
    case chat::finish::stop:
    case chat::finish::error:
    case chat::finish::other:
      break;
  }
  if (how.calls) return "tool_use";
  if (how.refused) return "refusal";
  return how.stopped_by_sequence ? "stop_sequence" : "end_turn";
}

}  // namespace nearfar::providers::anthropic_messages
