// Checks an answer that is not streamed, and classes failures by status and body. Sans-I/O.
#pragma once

#include "providers/dialects/usage.hpp"
#include "providers/http/response_head.hpp"
#include "routes/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace nearfar::providers::openai_chat {

struct answer_summary {
  std::optional<usage> tokens;
  std::string finish_reason;
  bool tool_calls = false;
};

// `body` has 64 readable bytes behind it. Errors: an error object inside a 200 (as its code says),
// empty (no text, tool call, reasoning, audio), bad_answer (not JSON, no choices).
// `beside`: of a target that counts reasoning beside completion_tokens.
routes::result<answer_summary> read_answer(std::string_view body, bool beside = false);

// A response whose status is not 200, by design's failure table: decides on the body's `code`, then
// `type`, then the status; reads Retry-After and retry-after-ms. Any vendor's error shape, HTML and
// empty bodies too. `now_unix` is for Retry-After dates.
routes::error classify_failure(int status, const response_head& head, std::string_view body,
                               std::int64_t now_unix);

// The same for an error object found inside a 200 or a stream. `body` is the JSON that holds `error`.
std::optional<routes::error> find_error_object(std::string_view body);

}  // namespace nearfar::providers::openai_chat
