// Tools, the choice of tools and the answer's format as Responses members. Sans-I/O.
#pragma once

#include "providers/dialects/chat_request.hpp"
#include "providers/dialects/openai_responses/notes.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>

namespace nearfar::providers::openai_responses {

// Nullopt: a hosted tool of another dialect.
std::optional<boost::json::object> write_tool(const chat::tool& from, const chat::chat_request& of,
                                              notes& left_out);
boost::json::value write_choice(const chat::tool_choice& from, const chat::chat_request& of);
boost::json::object write_format(const chat::response_format& from, const chat::chat_request& of,
                                 notes& left_out);

}  // namespace nearfar::providers::openai_responses
