// Lines out of a byte stream (NDJSON), as events whose data is the line: copies only what a read split.
// Sans-I/O.
#pragma once

#include "providers/dialects/sse_reader.hpp"
#include "routes/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace nearfar::providers {

// The shape of sse_reader. Lines end in LF, a CR before it is no part of the data; the raw texts of all lines
// joined are the stream, byte for byte. A blank line is `comment_only`.
class line_reader {
 public:
  // Push bytes, then take lines until there is none. Views live until the next push.
  void push(std::string_view bytes);
  // False: no complete line. A line over max_event is an error of kind bad_event, and so is every later call
  // until reset().
  routes::result<bool> next(sse_event& out);
  // The body is over: what is left is a line though no LF ends it. False: nothing is left.
  bool last(sse_event& out);
  std::size_t pending() const { return window_.size() + kept_.size(); }
  void reset();

 private:
  static void fill(std::string_view line, sse_event& out);

  std::string kept_;     // the beginning of a line whose rest is still to come
  std::string given_;    // a line that several pushes made
  std::string spilled_;  // pushed bytes that the caller did not take before the next push
  std::string_view window_;
  bool broken_ = false;
};

}  // namespace nearfar::providers
