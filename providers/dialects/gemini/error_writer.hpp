// Errors in Google's shape. Sans-I/O.
#pragma once

#include "providers/dialects/client_error.hpp"

#include <string>

namespace nearfar::providers::gemini {

// {"error":{"code":429,"message":…,"status":"RESOURCE_EXHAUSTED","details":[…]}}: `code` of ours is the
// ErrorInfo's reason. A request that is too long says so in Google's words, which clients look for.
std::string error_body(const client_error& why);

}  // namespace nearfar::providers::gemini
