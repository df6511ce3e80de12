// A stream of events as one JSON array, for clients of Gemini's API that do not ask for alt=sse. Sans-I/O.
#pragma once

#include "providers/dialects/sse_reader.hpp"

#include <string>
#include <string_view>

namespace nearfar::gateway {

class event_array {
 public:
  // Appends the data of every event as an element; comments become white space, which JSON allows there.
  void push(std::string_view events, std::string& to);
  // The stream is whole. A broken one never gets its bracket.
  void end(std::string& to);

 private:
  providers::sse_reader events_;
  bool begun_ = false;
};

}  // namespace nearfar::gateway
