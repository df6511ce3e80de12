// The few header fields that load generator and upstream look at.
#pragma once

#include <cstdint>
#include <string_view>

namespace nearfar::bench {

struct framing {
  std::uint64_t content_length = 0;
  bool has_length = false;
  bool chunked = false;
  bool close = false;
};

// `head` with its blank line, first line skipped. False where a length is no number.
bool read_framing(std::string_view head, framing& out);

// ASCII only.
bool equal_without_case(std::string_view a, std::string_view b);

}  // namespace nearfar::bench
