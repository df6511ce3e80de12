// A client's Anthropic request as a conversation in no dialect. Sans-I/O.
#pragma once

#include "providers/dialects/chat_request.hpp"
#include "routes/error.hpp"

#include <string_view>

namespace nearfar::providers::anthropic_messages {

// Errors are of kind bad_request, side downstream, with the place in `context`.
//
// Nothing is lost but what says nothing: members that are null, empty lists of tools, of stop sequences and
// of a result's blocks, `is_error: false`, `type: "custom"` of a
// tool, an empty description. What has no place is kept in `extra`. Blocks of kinds unknown here
// (server_tool_use, search_result, ...) are opaque, and so is an image or a document whose source is of a
// kind of its own.
routes::result<chat::chat_request> parse_request(std::string_view body);

}  // namespace nearfar::providers::anthropic_messages
