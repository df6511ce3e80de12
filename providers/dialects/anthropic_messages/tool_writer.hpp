// Tools and the choice among them. Sans-I/O.
#pragma once

#include "providers/dialects/anthropic_messages/writing.hpp"

#include <string>
#include <string_view>

namespace nearfar::providers::anthropic_messages {

struct written_tools {
  std::string tools;    // JSON of the list, empty: none
  std::string choice;   // JSON of tool_choice, empty: none
  bool forced = false;  // the model must call: no thinking then (400)
};

// `called`: tools that stand for those of calls in the history where the client declares none. A choice
// of several tools becomes a list of just these. False: `work.problem` says why not.
bool write_tools(writing& work, std::string_view called, written_tools& out);

}  // namespace nearfar::providers::anthropic_messages
