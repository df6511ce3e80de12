// Fields of a request body that the file may not put there.
#pragma once

#include <array>
#include <string_view>

namespace nearfar::config {

// What the client asked for and what routing writes are not for the file to change.
inline constexpr std::array<std::string_view, 4> protected_fields{"model", "messages", "stream",
                                                                  "stream_options"};

// What the message holds that a continuation writes.
inline constexpr std::array<std::string_view, 2> protected_message_fields{"role", "content"};

}  // namespace nearfar::config
