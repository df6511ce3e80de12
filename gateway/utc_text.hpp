// A moment for people and for programs: "2026-11-22T12:00:00Z" (RFC 3339, whole seconds, UTC).
#pragma once

#include <cstdint>
#include <string>

namespace nearfar::gateway {

std::string utc_text(std::int64_t unix_seconds);

}  // namespace nearfar::gateway
