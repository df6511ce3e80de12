#include "providers/dialects/openai_chat/finish_words.hpp"

namespace nearfar::providers::openai_chat {

using chat::finish;

finish finish_of(std::string_view word) {
  if (word.empty()) return finish::none;
  // eos: Together. model_length: Mistral. model_context_window_exceeded: GLM.
  if (word == "stop" || word == "eos" || word == "end_turn" || word == "stop_sequence") return finish::stop;
  if (word == "length" || word == "max_tokens" || word == "model_length" ||
      word == "model_context_window_exceeded")
    return finish::length;
  if (word == "tool_calls" || word == "function_call" || word == "tool_use") return finish::tool_calls;
  if (word == "content_filter" || word == "sensitive") return finish::content_filter;  // sensitive: GLM
  // network_error: GLM. insufficient_system_resource: DeepSeek. abort: vLLM.
  if (word == "error" || word == "network_error" || word == "insufficient_system_resource" || word == "abort")
    return finish::error;
  return finish::other;
}

std::string_view word_of(finish why) {
  switch (why) {
    case finish::length:
      return "length";
    case finish::tool_calls:
      return "tool_calls";
    case finish::content_filter:
      return "content_filter";
    case finish::error:
      return "error";
    case finish::none:
    case finish::stop:
    case finish::other:
      break;
  }
  return "stop";
}

}  // namespace nearfar::providers::openai_chat
