// A point in time as the file writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nearfar::config {

// RFC 3339 with an offset, seconds optional: 2026-12-01T08:00+01:00. In Unix seconds.
std::optional<std::int64_t> parse_moment(std::string_view text);

}  // namespace nearfar::config
