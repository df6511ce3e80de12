// What generativelanguage.googleapis.com refuses of a generateContent request.
#pragma once

#include "tests/support/dialect_writer.hpp"
#include "tests/support/dialects/request_json.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace nearfar::support {

refusal gemini_refusal(std::string message, int status = 400, std::string_view word = "INVALID_ARGUMENT");

// The API key, wherever it may be.
std::optional<refusal> gemini_key_refuses(const request_head& head);

std::optional<refusal> gemini_refuses(const incoming& in, std::string_view model, const json::object& top);

// Protobuf JSON takes a field by both of its names: `max_output_tokens` gives `maxOutputTokens`. A
// schema, a function's arguments and its result are the user's and stay as they are.
json::value camel_names(const json::value& in);

// Models of the third generation: thought signatures are checked, thinking has levels.
bool third_generation(std::string_view model);

}  // namespace nearfar::support
