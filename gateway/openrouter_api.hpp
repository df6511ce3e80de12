// GET under /api/v1: OpenRouter's catalogue, the key, one generation. Errors in its envelope.
#pragma once

#include "gateway/request_head.hpp"
#include "gateway/simple_answer.hpp"

#include <string_view>

namespace nearfar::gateway {

inline constexpr std::string_view openrouter_prefix = "/api/v1/";

// Of a path with the prefix, whatever the method.
simple_answer openrouter_get(core& on, const request_head& head);

simple_answer openrouter_error(int status, std::string_view code, std::string_view message);

}  // namespace nearfar::gateway
