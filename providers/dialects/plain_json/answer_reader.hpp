// Answers that pass as they come and are JSON objects: embeddings, completions. Sans-I/O.
#pragma once

#include "providers/dialects/openai_chat/answer_reader.hpp"

#include <string_view>

namespace nearfar::providers::plain_json {

// The usage, where there is one. Errors: an error object inside a 200, bad_answer. `body` has 64 readable
// bytes behind it.
routes::result<openai_chat::answer_summary> read_answer(std::string_view body);

}  // namespace nearfar::providers::plain_json
