// Pieces of a GenerateContentResponse as JSON text. Sans-I/O.
#pragma once

#include "providers/dialects/chat_answer.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace nearfar::providers::gemini {

// Each appends one part.
void append_text_part(std::string& to, std::string_view text, bool thought);
void append_signature_part(std::string& to, std::string_view issuer, std::string_view signature,
                           bool thought);
void append_data_part(std::string& to, const chat::media_source& media);
// Arguments that are no object stand in a member of one (part_writer.hpp).
void append_call_part(std::string& to, const chat::part& call);

// {"promptTokenCount":…}
void append_usage(std::string& to, const usage& tokens);

// {"content":{"role":"model","parts":[…]}…,"index":n}; `more` is members that begin with a comma.
void append_candidate(std::string& to, std::string_view parts, std::string_view more, std::uint32_t index);

}  // namespace nearfar::providers::gemini
