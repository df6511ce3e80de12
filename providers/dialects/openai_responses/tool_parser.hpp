// Tools, the choice of tools and the answer's format in Responses' words, and back. Sans-I/O.
#pragma once

#include "providers/dialects/chat_request.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>

namespace nearfar::providers::openai_responses {

// Nullopt: no object, or a tool without a name. Where `strict` is not said the vendor holds the model to
// the schema if the schema allows it (every object closed, every property required), which is what
// `strict` then says; otherwise it stays unsaid.
std::optional<chat::tool> parse_tool(const boost::json::value& from);
std::optional<chat::tool_choice> parse_choice(const boost::json::value& from);
std::optional<chat::response_format> parse_format(const boost::json::object& from);

}  // namespace nearfar::providers::openai_responses
