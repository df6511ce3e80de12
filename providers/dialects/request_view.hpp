// A client's request as spans of its body: what routing must know and where it stands.
#pragma once

#include "routes/error.hpp"
#include "routes/query.hpp"

#include <cstddef>
#include <cstdint>
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

// What the walk over an openai-chat request saw that a vendor's server may not like: decides, without a
// second walk, whether the body must be adapted.
struct request_signs {
  enum class choice : std::uint8_t { absent, automatic, none, required, named, allowed, other };
  enum class format : std::uint8_t { text, json_object, json_schema };

  bool developer = false;     // a `developer` role
  bool late_system = false;   // system text behind another turn
  bool part_lists = false;    // a content that is a list
  bool null_content = false;  // a content that is null or missing
  bool turns_repeat = false;  // two turns of the same role in a row
  bool reasoning = false;     // reasoning in the history
  bool calls = false;         // tool calls in the history
  bool results = false;       // tool messages
  bool names = false;         // a `name` on a message
  choice tool_choice = choice::absent;
  format wanted = format::text;
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
  // anthropic-messages alone: thoughts in the history that Anthropic did not sign, each with what stands up
  // to the next block; and whether one of them is the last of its turn, where a cut does not do.
  std::vector<span_of> foreign_thoughts;
  bool foreign_thought_last = false;
  request_signs signs;
  routes::query facts;  // model, stream, tools, ... filled; the session adds the rest
};

}  // namespace nearfar::providers
