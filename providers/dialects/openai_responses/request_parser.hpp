// A whole Responses request as a conversation of no dialect. Sans-I/O.
//
// Nothing is lost but what means nothing: nulls of members that are known, `store`, `background: false`,
// `truncation: disabled`, and what item_parser names. `include`d encrypted reasoning and logprobs are
// said by the form itself.
#pragma once

#include "providers/dialects/chat_request.hpp"
#include "routes/error.hpp"

#include <string_view>

namespace nearfar::providers::openai_responses {

// Errors of kind bad_request, side downstream, name the place. Refuses what names something stored, as
// request_reader does.
routes::result<chat::chat_request> parse_request(std::string_view body);

}  // namespace nearfar::providers::openai_responses
