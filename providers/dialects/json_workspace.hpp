// A parser for small documents that stand in a read buffer: the events of a stream. For the codecs' .cpp
// files: it includes simdjson.
#pragma once

#include "providers/dialects/json_walk.hpp"
#include "providers/dialects/split_characters.hpp"

#include <string_view>
#include <vector>

namespace nearfar::providers {

// One per thread, needed for the length of one call only: a parser of its own would cost every open stream
// 32 KiB. What a walk over it yields dies with the next open() on the thread.
class json_workspace {
 public:
  static json_workspace& of_this_thread();

  // simdjson reads whole blocks beyond the end, which a read buffer need not have: `text` is copied with
  // zeros behind it, so that what is said of a malformed document does not hang on the one before it.
  simdjson::error_code open(std::string_view text, json_walk::od::document& out);
  // The same, and characters that were cut between this event and those before it are joined.
  simdjson::error_code open(std::string_view text, split_characters& cut, json_walk::od::document& out);
  // Of the copy that is open.
  std::string_view text() const { return text_; }
  // Gives memory back that a large document took.
  void shrink();

 private:
  json_walk::od::parser parser_;
  std::vector<char> padded_;
  std::string_view text_;
};

}  // namespace nearfar::providers
