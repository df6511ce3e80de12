// Citations between the chat dialect's form and this one's. Sans-I/O.
#pragma once

#include <string>
#include <string_view>

namespace nearfar::providers::openai_responses {

// {"type":"url_citation","url":…} becomes {"type":"url_citation","url_citation":{"url":…}}. False: no JSON
// object with a type; nothing is appended.
bool to_chat_citation(std::string_view flat, std::string& to);

}  // namespace nearfar::providers::openai_responses
