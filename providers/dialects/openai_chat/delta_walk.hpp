// What a message or a delta holds that a client would see. For the codecs' .cpp files: it includes
// simdjson.
#pragma once

#include "providers/dialects/json_walk.hpp"

#include <string>

namespace nearfar::providers::openai_chat {

struct delta_content {
  bool any = false;  // text, refusal, reasoning, tool call, sound or image
  bool tool_calls = false;
  bool reasoning = false;
  bool text = false;  // in `content`, and no thought
  bool refusal = false;
  bool sound_or_image = false;
  bool annotations = false;
  bool text_unknown = false;         // of text that was to be kept
  std::string* keep_text = nullptr;  // where `content` goes, if anybody wants it
};

// False: malformed. Null, empty strings, empty lists and the role are nothing. Adds to `out`.
bool read_delta(json_walk::od::value v, delta_content& out);

}  // namespace nearfar::providers::openai_chat
