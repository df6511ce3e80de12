// Errors of our own in Anthropic's shape. Sans-I/O.
#pragma once

#include "providers/dialects/client_error.hpp"

#include <cstdint>
#include <string>

namespace nearfar::providers::anthropic_messages {

// {"type":"error","error":{"type":…,"message":…},"request_id":…}. A conversation that is too long is told
// in the API's own words, on which agents compact: "prompt is too long: N tokens > M maximum" where the
// message names the two.
std::string error_body(const client_error& why);

// The status with which this dialect says it: 529 where others say 503.
int error_status(const client_error& why);

// The event that ends a broken stream.
void append_error_event(std::string& to, const client_error& why);

// The answer of /v1/messages/count_tokens.
std::string count_tokens_body(std::uint64_t input_tokens);

}  // namespace nearfar::providers::anthropic_messages
