// GET under /api/v1: OpenRouter's catalogue, the key, one generation. Errors in its envelope.
#pragma once

#include "gateway/keys/key_record.hpp"
#include "gateway/request_head.hpp"
#include "gateway/simple_answer.hpp"
#include "providers/io.hpp"

#include <string_view>

namespace nearfar::gateway {

inline constexpr std::string_view openrouter_prefix = "/api/v1/";

// Of a path with the prefix, whatever the method. `key`: who asks, null where no keys exist. What the ledger
// knows comes from its thread; `head` must live so long.
providers::task<simple_answer> openrouter_get(core& on, const request_head& head, const key_record* key);

simple_answer openrouter_error(int status, std::string_view code, std::string_view message);

}  // namespace nearfar::gateway
