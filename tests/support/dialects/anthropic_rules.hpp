// What api.anthropic.com refuses of a POST to /v1/messages and /v1/messages/count_tokens.
#pragma once

#include "tests/support/dialect_writer.hpp"
#include "tests/support/dialects/request_json.hpp"

#include <optional>
#include <string>

namespace nearfar::support {

enum class anthropic_call : std::uint8_t { message, count };

refusal anthropic_refusal(std::string message, int status = 400,
                          std::string_view type = "invalid_request_error");

std::optional<refusal> anthropic_refuses(const incoming& in, const json::object& top, anthropic_call what);

// Whether a `thinking` object turns thinking on.
bool thinks(const json::object& top);

}  // namespace nearfar::support
