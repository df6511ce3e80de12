// The messages of a conversation as turns of user and assistant. Sans-I/O.
#pragma once

#include "providers/dialects/anthropic_messages/writing.hpp"

#include <string>

namespace nearfar::providers::anthropic_messages {

struct written_turns {
  std::string system;            // JSON of the member, empty: none
  std::string messages;          // JSON of the list
  std::string called;            // JSON of tools that stand for those called, if there are calls
  bool ends_in_prefill = false;  // the last turn is the assistant's
  bool loop_unthought = false;   // a tool loop, or a prefill, whose turn begins with no thought
};

// By the rules of the API: the first turn is the user's, neighbours are one turn, results come first in
// the turn behind their calls, every call has its result and every result its call, ids are unique and of
// its alphabet, no text is blank, a prefill ends in no blank. `hint` goes behind the system text.
//
// False: `work.problem` says why not.
bool write_turns(writing& work, std::string_view hint, written_turns& out);

}  // namespace nearfar::providers::anthropic_messages
