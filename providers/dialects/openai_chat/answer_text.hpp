// Pieces of an answer as JSON text, for streams and whole answers alike. Sans-I/O.
#pragma once

#include "providers/dialects/chat_answer.hpp"

#include <string>
#include <string_view>

namespace nearfar::providers::openai_chat {

// {"prompt_tokens":…}
void append_usage(std::string& to, const usage& sum);

// An entry of reasoning_details; `issuer` is put to its signature unless it is this dialect's own. A text
// without one is of the format `unknown`: OpenRouter's SDK throws unsigned entries of most others away.
struct signed_thought {
  std::string_view text;
  std::string_view signature;
  std::string_view issuer;
  bool redacted = false;       // there is no text, but a signature
  std::string_view call = {};  // the id of the call that is signed
};
void append_detail(std::string& to, std::size_t index, const signed_thought& thought);

// Whether a call's signature stands in reasoning_details too: OpenRouter's clients send these back, and drop
// a call's extra_content.
bool goes_into_details(std::string_view issuer);

// "extra_content":{"google":{"thought_signature":…}}
void append_call_signature(std::string& to, std::string_view signature, std::string_view issuer);

// {"type":"image_url","image_url":{"url":…}}
void append_image(std::string& to, const chat::media_source& source);

bool is_image(const chat::media_source& source);

}  // namespace nearfar::providers::openai_chat
