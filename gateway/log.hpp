// Logs: one JSON line a query (query_log) and short lines of events, on standard error. Never prompt
// text, never a secret.
#pragma once

#include <cstdint>
#include <string_view>

namespace nearfar::gateway {

enum class log_level : std::uint8_t { info, warning, error };

// Thread safe. The text is one line. The queries' lines that wait are written first.
void log_event(log_level level, std::string_view what, std::string_view detail = {});

// Whole lines, each with its newline. Thread safe; waits for a slow reader of standard error.
void write_log(std::string_view lines);

}  // namespace nearfar::gateway
