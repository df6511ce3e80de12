// The closed words of the Gemini API, and the two spellings of its members. Sans-I/O.
#pragma once

#include "providers/dialects/chat_answer.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace nearfar::providers::gemini {

// "generation_config" -> "generationConfig": the API's JSON is that of protobuf, which takes both.
std::string camel(std::string_view key);

struct finish_word {
  chat::finish why = chat::finish::none;
  bool failed = false;  // the model broke its own answer (MALFORMED_FUNCTION_CALL): no answer to pass on
};

// A candidate's finishReason. There is none for calls: whoever knows of calls says tool_calls himself.
finish_word finish_of(std::string_view reason);

// What a client reads. `native` where it is one of the API's own words.
std::string_view finish_reason_of(chat::finish why, std::string_view native);

// google.rpc.Code's word of an HTTP status.
std::string_view status_word(int status);

// What a model takes, by its name: the API has no way to ask.
enum class generation : std::uint8_t {
  before_2_5,  // no JSON Schema, no thinking
  v2_5,        // thinkingBudget
  later,       // thinkingLevel, signed calls, media in results; also names that say nothing
};
generation generation_of(std::string_view model);

// "call_nf" and 16 hexadecimal digits: for calls that came without an id; equal for equal input.
std::string made_id(std::uint64_t seed, std::string_view name, std::string_view arguments);
bool is_made_id(std::string_view id);

}  // namespace nearfar::providers::gemini
