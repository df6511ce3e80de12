// A conversation in no dialect as an Anthropic request. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"

namespace nearfar::providers::anthropic_messages {

// As codec::write_request. A request that came in this dialect is written as it was, but for the model,
// `stream`, foreign signatures and what the quirks and the body fields say; any other by the API's rules,
// with a note for everything that was left out or changed.
//
// Of the quirks: drop, rename, clamp, tool_choice, effort, structured.
routes::result<written_request> write_request(const chat::chat_request& asked, const write_options& how);

}  // namespace nearfar::providers::anthropic_messages
