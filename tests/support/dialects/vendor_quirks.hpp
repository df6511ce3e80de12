// Where vendors of Chat Completions differ in what they send.
#pragma once

#include "tests/support/dialect_writer.hpp"

#include <string>

namespace nearfar::support {

enum class reasoning_place : std::uint8_t {
  reasoning_content,  // DeepSeek, Moonshot, Qwen, llama-server, vLLM
  reasoning,          // Groq, Cerebras, Ollama
  details,            // OpenRouter: `reasoning` and `reasoning_details`
  think_tags,         // MiniMax: in the text
  content_parts,      // Mistral: the content becomes an array
};

enum class call_form : std::uint8_t {
  pieces,
  whole,            // in one delta, with its index
  whole_unindexed,  // Google, xAI
};

struct vendor_quirks {
  reasoning_place reasoning = reasoning_place::reasoning_content;
  call_form calls = call_form::pieces;
  bool stops_after_calls = false;  // finish_reason says stop although there were calls
  bool signs_calls = false;        // extra_content.google.thought_signature
  bool reasoning_outside = false;  // completion_tokens leave the reasoning out
  std::string cached_name;         // top-level in usage; empty: in prompt_tokens_details alone
  bool no_details = false;         // cached tokens are there alone
  bool always_usage = false;       // in a stream also where it was not asked for
};

vendor_quirks quirks_of(const std::string& vendor);

// Members of a message or a delta, without braces: the reasoning, then, apart from it, text.
std::string reasoning_members(const answer& a, const part& p);
std::string whole_content(const answer& a);  // `"content":...` with the reasoning where the vendor has it

}  // namespace nearfar::support
