// How hard to think, in the two ways that models of this dialect are told. Sans-I/O.
#pragma once

#include "providers/dialects/anthropic_messages/writing.hpp"

#include <cstdint>
#include <string>

namespace nearfar::providers::anthropic_messages {

struct written_thinking {
  std::string thinking;  // JSON of the member, empty: none
  std::string effort;    // of output_config, empty: none
  bool on = false;       // the model will think: sampling is bound
  std::uint64_t max_tokens = 0;
};

// By the quirk `effort`: reasoning_effort (and no quirks) is output_config.effort with adaptive thinking,
// thinking_object a budget of tokens (Claude 4.5 and before), none and the rest say nothing.
//
// `forced`: a call is required; `unthought`: a tool loop or a prefill whose turn begins with no thought.
// With either a budget is refused (400), so that there is no thinking then. max_tokens, which the dialect
// must be told, is the client's, else the model's, else 8192 beside the budget, and above the budget.
written_thinking write_thinking(writing& work, bool forced, bool unthought);

}  // namespace nearfar::providers::anthropic_messages
