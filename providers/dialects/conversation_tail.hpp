// What makes a conversation one that goes on with a broken answer, whatever dialect it will be written in.
// Sans-I/O.
#pragma once

#include "providers/dialects/chat_request.hpp"
#include "providers/handover/ask.hpp"

namespace nearfar::providers {

// As openai_chat::splice_continuation, for dialects without continuation fields of their own.
// native: what was said as the last message of the assistant. instruct: the same and a turn of the user that
// asks to go on. restart: nothing is added. A limit of tokens shrinks by what was said, but not for a
// restart.
handover::asked go_on(chat::chat_request& conversation, const handover::ask& what);

// Takes the vendors' signatures out of the history: a target of another vendor refuses them. Thoughts that
// were nothing but a signature go as well. How many signatures there were.
std::size_t strip_signatures(chat::chat_request& conversation);

}  // namespace nearfar::providers
