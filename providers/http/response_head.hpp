// The head of an upstream's response as spans of the read buffer: copies nothing.
#pragma once

#include "providers/http/header_field.hpp"
#include "routes/error.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace nearfar::providers {

enum class body_framing : std::uint8_t { none, length, chunked, until_close };

struct response_head {
  int status = 0;
  bool keep_alive = true;
  body_framing framing = body_framing::none;
  std::uint64_t length = 0;
  std::string_view content_type;
  std::vector<header_field> fields;  // capacity is kept between uses; what Connection names goes nowhere
  std::size_t size = 0;              // bytes of the head in the buffer

  // The first field of that name; empty when there is none.
  std::string_view find(std::string_view lower_case_name) const;
};

inline constexpr std::size_t max_response_head = 64 * 1024;

// Sans-I/O. nullopt: more bytes are needed (call again with the longer text from the start). 1xx
// heads are skipped (their bytes are counted in `size`). The spans point into `bytes`.
//
// What could be read in two ways is refused (kind `bad_answer`): a doubled Content-Length, a length
// beside a transfer coding, a coding other than `chunked`, a coding on HTTP/1.0, folded lines
// (RFC 9112 sections 5.2, 6.1, 6.3), and a switch of protocols nobody asked for.
routes::result<std::optional<std::size_t>> parse_response_head(std::string_view bytes, response_head& out);

}  // namespace nearfar::providers
