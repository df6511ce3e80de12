// The head of an upstream's response as spans of the read buffer: copies nothing.
#pragma once

#include "routes/error.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace nearfar::providers {

struct header_field {
  std::string_view name;
  std::string_view value;
};

enum class body_framing : std::uint8_t { none, length, chunked, until_close };

struct response_head {
  int status = 0;
  bool keep_alive = true;
  body_framing framing = body_framing::none;
  std::uint64_t length = 0;
  std::string_view content_type;
  std::vector<header_field> fields;  // capacity is kept between uses
  std::size_t size = 0;              // bytes of the head in the buffer

  std::string_view find(std::string_view lower_case_name) const;
};

inline constexpr std::size_t max_response_head = 64 * 1024;

// Sans-I/O. nullopt: more bytes are needed (call again with the longer text from the start). 1xx
// heads are skipped (their bytes are counted in `size`). The spans point into `bytes`.
routes::result<std::optional<std::size_t>> parse_response_head(std::string_view bytes, response_head& out);

}  // namespace nearfar::providers
