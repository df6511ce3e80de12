// Reads `usage` objects as the vendors write them. For the codecs' .cpp files: it includes simdjson.
#pragma once

#include "providers/dialects/json_walk.hpp"
#include "providers/dialects/usage.hpp"

namespace nearfar::providers::openai_chat {

// False: malformed. `out` is written only when the value is an object with a count in it.
//
// Cached tokens stand in prompt_tokens_details.cached_tokens (OpenAI, Qwen, llama.cpp),
// prompt_cache_hit_tokens (DeepSeek) or cached_tokens (Kimi). xAI alone counts reasoning beside
// completion_tokens, which shows in total_tokens; here completion always includes it. `beside`: the target
// counts so, whether or not its total shows it.
bool read_usage(json_walk::od::value v, std::optional<usage>& out, bool beside = false);

}  // namespace nearfar::providers::openai_chat
