// Logs: one JSON line a query and short lines of events, on standard error. Never prompt text, never
// a secret.
#pragma once

#include <cstdint>
#include <string_view>

namespace nearfar::gateway {

enum class log_level : std::uint8_t { info, warning, error };

// Thread safe. The text is one line.
void log_event(log_level level, std::string_view what, std::string_view detail = {});

// A complete JSON object without the newline. Thread safe.
void log_query(std::string_view json);

void flush_logs();

}  // namespace nearfar::gateway
