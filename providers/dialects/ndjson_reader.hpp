// Lines of JSON out of a byte stream, as events that hold nothing but data. Sans-I/O.
#pragma once

#include "providers/dialects/sse_reader.hpp"

#include <string>
#include <string_view>

namespace nearfar::providers {

// As sse_reader: push bytes, then take events until there is none. Views live until the next push. Blank
// lines are comments.
class ndjson_reader {
 public:
  void push(std::string_view bytes);
  // A line over max_event is an error of kind bad_event, and so is every later call until reset().
  routes::result<bool> next(sse_event& out);
  std::size_t pending() const { return kept_.size() + window_.size(); }
  void reset();

 private:
  std::string kept_;  // the beginning of a line whose end is still to come
  std::string given_;
  std::string_view window_;
  bool broken_ = false;
};

}  // namespace nearfar::providers
