// Chunked transfer coding, decoded in place: RFC 9112 section 7.1. Sans-I/O; used for requests
// (strict) and responses.
#pragma once

#include "routes/error.hpp"

#include <cstdint>
#include <string_view>

namespace nearfar::providers {

struct chunk_limits {
  std::size_t extension = 256;      // bytes of one chunk extension
  std::size_t trailers = 8 * 1024;  // bytes of all trailers, which are dropped
};

// feed() consumes from the front of `bytes` and gives at most one piece of data at a time (a view of
// `bytes`). `consumed` counts framing and data. When done() the rest of the bytes belongs to the
// next message.
class chunk_reader {
 public:
  explicit chunk_reader(chunk_limits limits = {}) : limits_(limits) {}

  struct step {
    std::size_t consumed = 0;
    std::string_view data;
  };
  routes::result<step> feed(std::string_view bytes);
  bool done() const { return state_ == state::done; }
  void reset();

 private:
  enum class state : std::uint8_t { size, extension, size_lf, data, data_cr, data_lf, trailer, done };
  chunk_limits limits_;
  state state_ = state::size;
  std::uint64_t left_ = 0;
  unsigned digits_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::size_t line_bytes_ = 0;
  bool saw_cr_ = false;
};

}  // namespace nearfar::providers
