// The parts of a whole answer as output items. Sans-I/O.
#pragma once

#include "providers/dialects/chat_answer.hpp"
#include "providers/dialects/openai_responses/response_text.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace nearfar::providers::openai_responses {

// A part that is an item of its own: thoughts, a call, an image, a hosted tool's. False, and nothing is
// appended: a part of a message (text, refusal, sound). `issuer`: of the target, empty: as the part says.
bool append_part_item(std::string& to, const chat::part& from, const response_text& names,
                      std::uint32_t output, std::string_view issuer);

// All items of a choice, with commas between them.
std::string write_items(const chat::answer_choice& from, const response_text& names, std::string_view issuer);

}  // namespace nearfar::providers::openai_responses
