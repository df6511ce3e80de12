// Parameters of a request by OpenRouter's names, and which of them each dialect has a word for.
#pragma once

#include "config/dialect.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace nearfar::routes {

// Bits in the order of parameter_words.
using parameter_set = std::uint32_t;

// The closed list of a model's `supported_parameters` in OpenRouter's OpenAPI document.
inline constexpr std::array<std::string_view, 26> parameter_words{"temperature",
                                                                  "top_p",
                                                                  "top_k",
                                                                  "min_p",
                                                                  "top_a",
                                                                  "frequency_penalty",
                                                                  "presence_penalty",
                                                                  "repetition_penalty",
                                                                  "max_tokens",
                                                                  "max_completion_tokens",
                                                                  "logit_bias",
                                                                  "logprobs",
                                                                  "top_logprobs",
                                                                  "prediction",
                                                                  "seed",
                                                                  "response_format",
                                                                  "structured_outputs",
                                                                  "stop",
                                                                  "tools",
                                                                  "tool_choice",
                                                                  "parallel_tool_calls",
                                                                  "include_reasoning",
                                                                  "reasoning",
                                                                  "reasoning_effort",
                                                                  "web_search_options",
                                                                  "verbosity"};

// Zero: no parameter is called so.
parameter_set parameter_bit(std::string_view word);

// What a request of this dialect has a field for. A server may ignore a field that its dialect has.
parameter_set parameters_of(config::dialect spoken);

}  // namespace nearfar::routes
