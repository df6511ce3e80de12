// Errors of our own in OpenAI's shape. Sans-I/O.
#pragma once

#include "providers/dialects/client_error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace nearfar::providers::openai_chat {

// {"error":{"message":…,"type":…,"param":null,"code":…}} with `type` by status.
std::string error_body(int status, std::string_view code, std::string_view message);

// The same of an error in no dialect: with `param`, and OpenAI's `code` where the kind has one (agents
// compact a conversation on context_length_exceeded).
std::string error_body(const client_error& why);

// The event that ends a broken stream: an error object and finish_reason "error" in a chunk that
// carries the stream's id, so that no client takes it for a whole answer. No [DONE] follows.
std::string error_event(std::string_view stream_id, std::uint64_t created, std::string_view model,
                        std::string_view code, std::string_view message);

}  // namespace nearfar::providers::openai_chat
