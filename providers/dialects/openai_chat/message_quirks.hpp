// What a vendor's server wants otherwise in the messages of an openai-chat request. Sans-I/O.
#pragma once

#include "config/quirks.hpp"
#include "providers/dialects/openai_chat/notes.hpp"

#include <boost/json/array.hpp>

#include <string>
#include <string_view>

namespace nearfar::providers::openai_chat {

void adapt_messages(boost::json::array& messages, const config::quirks& by, notes& said);

// Puts a line to the system's text, or makes one.
void add_system_text(boost::json::array& messages, std::string_view text);

// Nine letters and digits for a tool call's id, the same for the same id; one that is so already stays.
std::string nine_letters(std::string_view id);

}  // namespace nearfar::providers::openai_chat
