// What a client is told of limits: why it was refused, when to come back, and how it stands.
#pragma once

#include "config/dialect.hpp"
#include "gateway/limits/query_limits.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace nearfar::gateway {

// "limit `daily-spend`: 5 USD per day, 4.93 USD spent and 0.05 USD held for queries under way; another one to
// phone/qwen may take 0.12 USD. From 2026-11-23T00:00:00Z on there is room again."
std::string shortage_text(const limit_shortage& of, const routes::policy& rules);

// Which limit made a price matter that is not known: "limit `daily-spend`: 5 USD per day; what cloud/large
// costs is not known, so nothing can be held against it."
std::string unpriced_text(const limit_standing& where, routes::target_index target,
                          const routes::policy& rules);

// One behind the other, the second beginning as sentences do.
std::string sentences(std::string first, std::string_view second);

// Nullopt: money is short, or what is asked for will never fit: coming back does not help a client that
// waits.
std::optional<std::chrono::milliseconds> shortage_wait(const limit_shortage& of, std::int64_t now);

// Header lines by which the dialect's own SDKs pace themselves (OpenAI: x-ratelimit-*, Anthropic:
// anthropic-ratelimit-*; the others have none). Nothing where no limit of requests or tokens bears on it.
void add_pacing_fields(const query_limits& of, config::dialect in, std::int64_t now, std::string& out);
// Whether an upstream's header line is one of those: a client that saw both would not know whose limit it is.
bool is_pacing_field(std::string_view name);

}  // namespace nearfar::gateway
