// What an error body says, whatever vendor's shape it has. Sans-I/O.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers {

struct failure_signs {
  // Machine words in the order in which they decide (a code before a type), in lower case.
  std::vector<std::string> words;
  std::string message;       // in lower case; for patterns only, never for logs: it may quote the prompt
  std::string said;          // the message as it came, for the client alone
  int status = 0;            // an HTTP status named in the body (OpenRouter, llama.cpp, Azure), 0: none
  bool error = false;        // there is an error object, not just fields that look like one
  bool daily_quota = false;  // Google's QuotaFailure names a quota per day
  bool moderated = false;    // OpenRouter's metadata of a moderation
  std::optional<std::chrono::milliseconds> retry_after;
};

// Not JSON: nothing found. Understands OpenAI, Anthropic, Google (also in an array), OpenRouter,
// Azure, Bedrock, llama.cpp, vLLM, Ollama, xAI, Mistral, DashScope, Qianfan, MiniMax.
failure_signs read_failure(std::string_view body);

}  // namespace nearfar::providers
