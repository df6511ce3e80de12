// Where a vendor's server departs from the dialect it speaks. Data of a preset: what nearfar changes in a
// request before it goes there, and expects in what comes back.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace nearfar::config {

// Under which name the limit of tokens is understood.
enum class limit_field : std::uint8_t { as_sent, max_tokens, max_completion_tokens };

// What becomes of reasoning in the history of an openai-chat request.
enum class reasoning_replay : std::uint8_t {
  as_sent,
  never,     // refused or of no use: taken out
  on_calls,  // compulsory on assistant turns that call tools; an empty one where there is none (DeepSeek,
             // Kimi)
};

// Which of its own members an answer's reasoning stands in; all of them are read, this one is written.
enum class reasoning_field : std::uint8_t { reasoning_content, reasoning, think_tags, none };

enum class structured_output : std::uint8_t { json_schema, json_object, none };

// How effort is said.
enum class effort_style : std::uint8_t {
  reasoning_effort,  // OpenAI's field
  reasoning_object,  // OpenRouter's `reasoning`
  thinking_object,   // thinking: {type: enabled | disabled} (DeepSeek, Kimi, GLM)
  enable_thinking,   // Qwen, Hunyuan, Qianfan
  template_flag,     // chat_template_kwargs: {enable_thinking: …} (llama.cpp, vLLM, SGLang)
  none,
};

struct number_range {
  double low = 0;
  double high = 0;
};

struct quirks {
  bool system_only = false;     // no `developer` role: `system` instead
  bool system_first = false;    // system text only at the beginning: later ones become the user's
  bool text_only = false;       // lists of text parts are joined to a string
  bool empty_for_null = false;  // content: null is refused, "" is not
  bool alternate = false;       // two turns of the same role in a row are refused: joined
  bool no_names = false;        // `name` on messages is refused, but for those of tools (Groq)
  limit_field limit = limit_field::as_sent;
  std::vector<std::string> drop;                            // fields it refuses
  std::vector<std::pair<std::string, std::string>> rename;  // seed -> random_seed
  std::vector<std::pair<std::string, number_range>> clamp;  // temperature -> 0..1
  unsigned most_stops = 0;  // stop sequences that it takes, those behind are left out; 0: no limit (Z.ai: 1)
  std::vector<std::string> tool_choice{"auto", "none", "required", "named"};  // those it knows
  std::string required_word;     // its word for `required` (Mistral: any); empty: the same
  bool nine_letter_ids = false;  // tool call ids of nine letters and digits (Mistral)
  bool tool_names = false;       // tool messages bear the tool's name
  bool custom_tools = false;     // it knows tools of free text, `type: custom`; others get them as functions
  bool turn_after_results = false;  // a user's turn directly behind tools' results is refused (Mistral)
  bool object_root = false;  // a tool's schema needs an object at its root, and one form of each rule (Kimi)
  reasoning_replay replay = reasoning_replay::as_sent;
  reasoning_field reasoning = reasoning_field::reasoning_content;
  effort_style effort = effort_style::reasoning_effort;
  structured_output structured = structured_output::json_schema;
  bool reasoning_beside = false;  // completion_tokens leave reasoning out (xAI)
};

}  // namespace nearfar::config
