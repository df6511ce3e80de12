// Content blocks of messages, in requests and answers, as parts. Sans-I/O.
#pragma once

#include "providers/dialects/chat_request.hpp"

#include <string>
#include <vector>

namespace nearfar::providers::anthropic_messages {

// A vendor's signature of a call or of a text has no place in this dialect: it goes to the client behind
// its block, as redacted thinking whose data says what it was of.
inline constexpr std::string_view of_call = "call:";
inline constexpr std::string_view of_text = "text:";

// Appends the parts of `content`, a string or a list of blocks. Empty: fine; else what is wrong, one
// line, to stand behind the place ("[2].text must be a string").
std::string parse_content(const boost::json::value& content, std::vector<chat::part>& to, bool& plain);

}  // namespace nearfar::providers::anthropic_messages
