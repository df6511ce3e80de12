// Errors in OpenAI's shape. Sans-I/O.
#pragma once

#include "providers/dialects/client_error.hpp"

#include <string>

namespace nearfar::providers::openai_responses {

// {"error":{"message":…,"type":…,"param":…,"code":…}}, `type` by status, `code` context_length_exceeded
// for what is too long: agents compact on it.
std::string error_body(const client_error& why);

}  // namespace nearfar::providers::openai_responses
