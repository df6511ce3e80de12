#include "routes/parameters.hpp"

#include <algorithm>
#include <initializer_list>

namespace nearfar::routes {
namespace {

parameter_set bits(std::initializer_list<std::string_view> words) {
  parameter_set out = 0;
  for (const auto word : words) out |= parameter_bit(word);
  return out;
}

constexpr parameter_set every = (parameter_set{1} << parameter_words.size()) - 1;

}  // namespace

parameter_set parameter_bit(std::string_view word) {
  const auto found = std::ranges::find(parameter_words, word);
  if (found == parameter_words.end()) return 0;
  return parameter_set{1} << (found - parameter_words.begin());
}

parameter_set parameters_of(config::dialect spoken) {
  using config::dialect;
  // Tools, format, thought and the limits have a word in every dialect of conversations.
  static const auto common =
      bits({"temperature", "top_p", "max_tokens", "max_completion_tokens", "stop", "tools", "tool_choice",
            "response_format", "structured_outputs", "include_reasoning", "reasoning", "reasoning_effort"});
  static const auto anthropic = common | bits({"top_k", "parallel_tool_calls"});
  static const auto gemini =
      common | bits({"top_k", "frequency_penalty", "presence_penalty", "seed", "logprobs", "top_logprobs"});
  static const auto responses =
      (common & ~bits({"stop"})) | bits({"parallel_tool_calls", "logprobs", "top_logprobs", "verbosity"});
  static const auto ollama = common | bits({"top_k", "min_p", "frequency_penalty", "presence_penalty",
                                            "repetition_penalty", "seed", "logprobs", "top_logprobs"});
  switch (spoken) {
    case dialect::anthropic_messages:
      return anthropic;
    case dialect::gemini:
      return gemini;
    case dialect::openai_responses:
      return responses;
    case dialect::ollama_chat:
      return ollama;
    default:
      return every;
  }
}

}  // namespace nearfar::routes
