// Output items of a Responses answer as text. Sans-I/O, no DOM.
#pragma once

#include "providers/dialects/chat_answer.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace nearfar::providers::openai_responses {

enum class item_status : std::uint8_t { in_progress, completed, incomplete };

// A member with a text: "key":"value". No comma.
void append_member(std::string& to, std::string_view key, std::string_view value);

// `annotations` and `logprobs`: the elements of the lists, with commas between them.
void append_text_part(std::string& to, std::string_view text, std::string_view annotations,
                      std::string_view logprobs);
void append_refusal_part(std::string& to, std::string_view text);
void append_audio_part(std::string& to, std::string_view data);
void append_summary_part(std::string& to, std::string_view text);

// `parts`: the elements of the list.
void append_message_item(std::string& to, std::string_view id, item_status status, std::string_view parts);
// `summary`: the elements of the list. No `encrypted` where it is empty.
void append_reasoning_item(std::string& to, std::string_view id, std::string_view summary,
                           std::string_view encrypted);

struct call_text {
  chat::call_form form = chat::call_form::function;
  std::string_view id;
  std::string_view call_id;
  std::string_view name;
  std::string_view arguments;
};
void append_call_item(std::string& to, const call_text& call, item_status status);
// `data`: base64; empty: none yet.
void append_image_item(std::string& to, std::string_view id, std::string_view status, std::string_view data);

// A citation as the chat dialect has it (its fields in an object of their own) in the flat form of this
// one; false: it is no JSON object.
bool append_annotation(std::string& to, std::string_view chat_form);
// The tokens of chat's {"content": [...]}, or of a bare list, with commas between them; false: neither.
bool append_logprobs(std::string& to, std::string_view chat_form);

void append_usage(std::string& to, const usage& tokens);

}  // namespace nearfar::providers::openai_responses
