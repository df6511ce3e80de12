// How long an upstream asks to be left alone. Sans-I/O.
#pragma once

#include "providers/http/response_head.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace nearfar::providers {

// retry-after-ms (OpenAI, Azure) before Retry-After, which is seconds or one of the three dates of
// RFC 9110 section 5.6.7. A date in the past is zero; more than a week is a week.
std::optional<std::chrono::milliseconds> read_retry_after(const response_head& head, std::int64_t now_unix);

// "34s", "34.07s": google.rpc.RetryInfo in a body.
std::optional<std::chrono::milliseconds> read_retry_delay(std::string_view text);

// Seconds since 1970; nullopt: not an HTTP date. `now_unix` places two-digit years.
std::optional<std::int64_t> read_http_date(std::string_view text, std::int64_t now_unix);

}  // namespace nearfar::providers
