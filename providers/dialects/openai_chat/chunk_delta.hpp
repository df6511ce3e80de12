// The delta of a choice, or its message, as views. For the codecs' .cpp files: it includes simdjson.
#pragma once

#include "providers/dialects/json_walk.hpp"
#include "providers/dialects/openai_chat/call_assembler.hpp"
#include "providers/dialects/openai_chat/text_store.hpp"

#include <string_view>
#include <vector>

namespace nearfar::providers::openai_chat {

struct thought_signature {
  std::string_view text;
  std::string_view issuer;
  bool redacted = false;
};

// Cleared and filled again for each choice: its memory is kept. Views are of the store.
struct chunk_delta {
  std::string_view thinking;  // reasoning_content or reasoning: servers that send both say it twice
  std::vector<std::string_view> details;  // the text of reasoning_details, for where there is no other
  std::vector<thought_signature> signatures;
  std::vector<std::string_view> thoughts;  // in a content list
  std::vector<std::string_view> texts;
  std::string_view refusal;
  std::vector<call_piece> calls;
  std::vector<std::string_view> annotations;  // JSON texts
  std::vector<std::string_view> images;       // URLs
  std::string_view audio;                     // base64
  std::string_view transcript;
  std::string_view call_signature;  // of a delta that holds nothing else (Gemini)

  void clear();
};

// False: malformed. `whole` is the document.
bool read_chunk_delta(json_walk::od::value v, std::string_view whole, text_store& store, chunk_delta& out);

// A string's text, lone surrogates as U+FFFD; empty for all other types. The view is of the store.
std::string_view text_of(json_walk::od::value& v, text_store& store);
// The JSON text of any value, consumed. Empty: malformed.
std::string_view raw_of(json_walk::od::value& v, std::string_view whole, text_store& store);

}  // namespace nearfar::providers::openai_chat
