// How the messages of a chat request end: for continuing its answer, which is rare, so that the reader of
// every request need not look. Sans-I/O.
#pragma once

#include "providers/dialects/request_view.hpp"

#include <string>

namespace nearfar::providers::openai_chat {

struct conversation_end {
  bool by_assistant = false;   // the last message is the assistant's: the client began the answer itself
  std::string last_user_turn;  // its text, at most 4 KiB; empty where there is none
};

// Walks a copy of `messages`. Never fails on a view that the reader filled.
conversation_end read_conversation_end(const request_view& from);

}  // namespace nearfar::providers::openai_chat
