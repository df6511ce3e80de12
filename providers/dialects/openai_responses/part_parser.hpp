// Content parts of Responses messages and outputs, as parts of no dialect, and back. Sans-I/O.
#pragma once

#include "providers/dialects/chat_request.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string_view>

namespace nearfar::providers::openai_responses {

// A type that is not known is an opaque part. What means nothing in a request (empty annotations and
// logprobs) goes.
chat::part parse_part(const boost::json::object& from);

// A data URL taken apart; anything else is a URL.
void take_url(std::string_view url, chat::media_source& to);

enum class speaker : std::uint8_t { client, assistant };

// What the dialect has no part for is left out: false.
bool write_part(const chat::part& from, speaker who, boost::json::object& to);

}  // namespace nearfar::providers::openai_responses
