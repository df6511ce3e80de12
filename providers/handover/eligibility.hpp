// May a broken answer be continued by another target? Sans-I/O; no dialect.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nearfar::providers::handover {

// Of the query, whatever its dialect.
struct wanted {
  bool json = false;  // a JSON schema, or JSON as such
  bool audio = false;
  bool logprobs = false;
  std::uint32_t choices = 1;
};

// Of what the client has seen of the answer.
struct shown {
  bool tool_calls = false;
  bool in_reasoning = false;  // the last content token was a thought, or no text came after thoughts
  bool refusal = false;
  bool sound_or_image = false;
  bool annotations = false;  // citations: their offsets are of one leg's text
  bool logprobs = false;
  bool text_unknown = false;   // text came in a form of which no plain text can be made
  std::string_view text = {};  // all of it
};

enum class obstacle : std::uint8_t {
  target_refuses,  // `continue: false`, or its preset knows no way
  several_choices,
  json_output,
  tool_call,
  reasoning,
  refusal,
  audio,
  citations,
  logprobs,
  text_unknown,
};

// Why what was shown cannot be continued by anyone; nullopt where it can. Several reasons: the first
// in the order above.
std::optional<obstacle> why_not_continuable(const wanted& query, const shown& so_far);

// For the error event: "a tool call had begun". One line, no full stop.
std::string_view in_words(obstacle why);
// For the `code` of the error event: "tool_call".
std::string_view name_of(obstacle why);

}  // namespace nearfar::providers::handover
