// A client's request as spans of its body: what routing must know and where it stands.
#pragma once

#include "routes/error.hpp"
#include "routes/query.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers {

struct span_of {
  std::size_t offset = 0;
  std::size_t length = 0;
  bool present() const { return length != 0; }
};

// A top-level member of the body: where its value stands (trimmed).
struct member {
  std::string name;  // unescaped
  span_of value;
};

struct request_view {
  std::string_view body;            // without padding
  std::string model_text;           // unescaped; query.model points here
  span_of model;                    // the value with its quotes
  span_of stream_options;           // the value, if it is an object
  bool has_session = false;         // the conversation's hash is that of `session_id`
  bool has_include_usage = false;   // stream_options.include_usage is there, whatever it says
  std::size_t last_member_end = 0;  // after the last value, where further members are put
  std::vector<member> members;      // all top-level members in order
  routes::query facts;              // model, stream, tools, ... filled; the session adds the rest
};

}  // namespace nearfar::providers
