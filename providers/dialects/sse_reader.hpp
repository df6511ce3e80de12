// Server-sent events out of a byte stream (WHATWG HTML, section 9.2.6), as spans: copies only what a
// read split. Sans-I/O.
#pragma once

#include "routes/error.hpp"

#include <cstddef>
#include <list>
#include <string>
#include <string_view>

namespace nearfar::providers {

// Lines end in LF, CRLF or CR; a blank line ends an event. The raw texts of all events joined are the
// stream, byte for byte.
struct sse_event {
  std::string_view raw;       // every byte of the event with its blank line
  std::string_view name;      // `event:`, may be empty
  std::string_view data;      // several data lines joined by LF
  bool comment_only = false;  // no data line: comments, stray blank lines, the LF of a split CRLF
};

inline constexpr std::size_t max_event = 8 * 1024 * 1024;

// Push bytes, then take events until there is none. Views live until the next push. The caller may
// take bytes straight from its read buffer: a whole event inside one push is not copied.
class sse_reader {
 public:
  void push(std::string_view bytes);
  // False: no complete event; then the bytes pushed are not looked at again. An event over max_event
  // is an error of kind bad_event, and so is every later call until reset().
  routes::result<bool> next(sse_event& out);
  // Bytes of an unfinished event (an end of stream here means truncation).
  std::size_t pending() const;
  void reset();

 private:
  std::size_t find_end(std::string_view bytes);
  void parse(std::string_view event, sse_event& out);
  void field(std::string_view line, sse_event& out, std::size_t& data_lines);

  std::string kept_;               // the beginning of an event whose rest is still to come
  std::string given_;              // an event that several pushes made
  std::string spilled_;            // pushed bytes that the caller did not take before the next push
  std::list<std::string> joined_;  // data of events with several data lines, since the last push
  std::string_view window_;        // pushed bytes that belong to no event yet
  bool line_empty_ = true;         // the line at hand has no byte yet
  bool saw_cr_ = false;            // it began after a CR: an LF here belongs to that
  bool at_start_ = true;           // a byte order mark may stand here
  bool broken_ = false;            // an event was over max_event: nothing more can be told apart
};

}  // namespace nearfar::providers
