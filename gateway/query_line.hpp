// The line of a query in the log and for those who watch.
#pragma once

#include "gateway/query_state.hpp"

#include <chrono>
#include <string_view>

namespace nearfar::gateway {

// Everything about the query and nothing of its text. Valid until this thread's next line.
std::string_view query_line(const query_state& q, std::chrono::microseconds took);

// As in logs: "complete", "refused", ...
std::string_view end_name(query_end end);

}  // namespace nearfar::gateway
