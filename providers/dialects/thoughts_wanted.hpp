// Whether the thoughts are to come with the answer, where the far side sends none unless it is asked.
#pragma once

#include "providers/dialects/chat_request.hpp"

namespace nearfar::providers {

// What the client said, else what its dialect means by silence: Anthropic's `thinking` shows its text
// unless `display` says otherwise (API reference, extended thinking), and clients of Chat Completions
// have reasoning_content where there is some. Responses and Gemini show thoughts on demand alone.
bool thoughts_wanted(const chat::chat_request& asked);

}  // namespace nearfar::providers
