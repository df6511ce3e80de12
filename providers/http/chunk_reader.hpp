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
// `bytes`). `consumed` counts framing and data, with the framing behind the data as far as it is
// there: so done() may be true together with the last piece, and what is left unconsumed after a piece
// begins with data, is the next message, or is malformed. When done() the rest of the bytes belongs to
// the next message. An error (kind `bad_answer`) is final until reset().
class chunk_reader {
 public:
  explicit chunk_reader(chunk_limits limits = {}) : limits_(limits) {}

  struct step {
    std::size_t consumed = 0;
    std::string_view data;
  };
  routes::result<step> feed(std::string_view bytes);
  // Takes framing only, up to data, the end or a fault, which feed() tells; gives the bytes taken.
  std::size_t skip_framing(std::string_view bytes);
  bool done() const { return at_.where == state::done; }
  void reset() { at_ = {}; }

 private:
  enum class state : std::uint8_t {
    size,
    before_extension,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    line_start,
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
    done
  };
  struct position {
    state where = state::size;
    std::uint64_t left = 0;  // of the chunk: size while it is read, then bytes to come
    unsigned digits = 0;
    std::size_t extension = 0;
    std::size_t trailers = 0;
    std::size_t name = 0;  // bytes of the trailer's name
    const char* fault = nullptr;
  };

  state framing(char c);
  state in_size(char c);
  state in_extension(char c);
  state in_trailer(char c);
  state fail(const char* why);

  chunk_limits limits_;
  position at_;
};

}  // namespace nearfar::providers
