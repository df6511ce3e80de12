// `generationConfig` and its thinkingConfig out of a conversation's settings. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"
#include "providers/dialects/gemini/words.hpp"
#include "providers/dialects/member_list.hpp"

#include <string>
#include <vector>

namespace nearfar::providers::gemini {

member_list generation_config(const chat::chat_request& asked, const write_options& how,
                              std::vector<std::string>& notes);

}  // namespace nearfar::providers::gemini
