// Parts of a conversation as Gemini's parts, as JSON text. Sans-I/O.
#pragma once

#include "providers/dialects/chat_request.hpp"
#include "providers/dialects/gemini/words.hpp"
#include "routes/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::gemini {

// A call's arguments as the object that `args` is. A text that is no object stands in one member, so that
// the call keeps its place: without it the results were one too many. `changed` says whether it did.
std::string arguments_object(std::string_view text, chat::call_form form, bool& changed);

struct part_terms {
  config::dialect from = config::dialect::openai_chat;
  generation takes = generation::later;
  std::string_view issuer;  // whose signatures go
  std::vector<std::string>* notes = nullptr;
};

// Each appends one part, and a comma before it where `to` does not end in '['. False: nothing is written for
// it (a note says so). The error is write_request's.
routes::result<bool> append_part(std::string& to, const chat::part& part, const part_terms& how);
// `sign`: this call must bear a signature; there is one that says there is none.
void append_call(std::string& to, const chat::part& call, bool sign, const part_terms& how);
// `name` is the call's. Media go into the result where the model takes them there, and otherwise to `beside`.
routes::result<void> append_result(std::string& to, const chat::part& result, std::string_view name,
                                   std::vector<const chat::part*>& beside, const part_terms& how);

}  // namespace nearfar::providers::gemini
