// What the API says beside an answer, in OpenAI's words. Sans-I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::gemini {

// The web sources of a groundingMetadata from number `told` on, each as an annotation; `told` moves on.
std::vector<std::string> annotations_of(std::string_view grounding, std::uint32_t& told);

// A logprobsResult as {"content":[…]}; empty: it holds none.
std::string logprobs_of(std::string_view result);

// The other way: {"groundingChunks":[…]} of annotations, and a logprobsResult. Empty: nothing to say.
std::string grounding_of(const std::vector<std::string>& annotations);
std::string logprobs_result_of(std::string_view logprobs);

}  // namespace nearfar::providers::gemini
