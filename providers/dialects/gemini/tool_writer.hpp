// `tools` and `toolConfig` as JSON text. Sans-I/O.
#pragma once

#include "providers/dialects/chat_request.hpp"
#include "providers/dialects/gemini/words.hpp"
#include "providers/dialects/member_list.hpp"

#include <string>
#include <vector>

namespace nearfar::providers::gemini {

// "[…]"; empty: there are none. All functions stand in one Tool.
std::string write_tools(const chat::chat_request& asked, generation takes, std::vector<std::string>& notes);

member_list tool_config(const chat::chat_request& asked, std::vector<std::string>& notes);

}  // namespace nearfar::providers::gemini
