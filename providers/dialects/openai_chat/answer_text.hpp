// Pieces of an answer as JSON text, for streams and whole answers alike. Sans-I/O.
#pragma once

#include "providers/dialects/chat_answer.hpp"

#include <string>
#include <string_view>

namespace nearfar::providers::openai_chat {

// {"prompt_tokens":…}
void append_usage(std::string& to, const usage& sum);

// An entry of reasoning_details with a signature; `issuer` is put to it unless it is this dialect's own.
struct signed_thought {
  std::string_view text;
  std::string_view signature;
  std::string_view issuer;
  bool redacted = false;
};
void append_detail(std::string& to, std::size_t index, const signed_thought& thought);

// "extra_content":{"google":{"thought_signature":…}}
void append_call_signature(std::string& to, std::string_view signature, std::string_view issuer);

// {"type":"image_url","image_url":{"url":…}}
void append_image(std::string& to, const chat::media_source& source);

bool is_image(const chat::media_source& source);

}  // namespace nearfar::providers::openai_chat
