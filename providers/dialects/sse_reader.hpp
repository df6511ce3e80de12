// Server-sent events out of a byte stream (WHATWG HTML, section 9.2.6), as spans: copies only what a
// read split. Sans-I/O.
#pragma once

#include "routes/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace nearfar::providers {

// Lines end in LF, CRLF or CR; a blank line ends an event; comments are events of kind `comment`.
struct sse_event {
  std::string_view raw;    // every byte of the event with its blank line
  std::string_view name;   // `event:`, may be empty
  std::string_view data;   // several data lines joined by LF
  bool comment_only = false;
};

inline constexpr std::size_t max_event = 8 * 1024 * 1024;

// Push bytes, then take events until there is none. Views live until the next push. The caller may
// take bytes straight from its read buffer: a whole event inside one push is not copied.
class sse_reader {
 public:
  void push(std::string_view bytes);
  // False: no complete event. An event over max_event is an error of kind bad_event.
  routes::result<bool> next(sse_event& out);
  // Bytes of an unfinished event (an end of stream here means truncation).
  std::size_t pending() const;
  void reset();

 private:
  std::string kept_;         // the unfinished tail of earlier pushes
  std::string joined_;       // data of an event with several data lines
  std::string_view window_;  // what next() scans: kept_ or the pushed bytes
  bool from_kept_ = false;
  bool at_start_ = true;     // a byte order mark may stand here
};

}  // namespace nearfar::providers
