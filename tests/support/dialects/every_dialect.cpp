#include "tests/support/dialects/every_dialect.hpp"

#include "tests/support/dialects/anthropic_messages_writer.hpp"
#include "tests/support/dialects/gemini_writer.hpp"
#include "tests/support/dialects/ollama_chat_writer.hpp"
#include "tests/support/dialects/opaque_writer.hpp"
#include "tests/support/dialects/openai_chat_writer.hpp"
#include "tests/support/dialects/openai_completions_writer.hpp"
#include "tests/support/dialects/openai_embeddings_writer.hpp"
#include "tests/support/dialects/openai_responses_writer.hpp"

namespace nearfar::support {

std::vector<std::unique_ptr<dialect_writer>> every_dialect() {
  std::vector<std::unique_ptr<dialect_writer>> out;
  out.push_back(std::make_unique<openai_chat_writer>());
  out.push_back(std::make_unique<anthropic_messages_writer>());
  out.push_back(std::make_unique<gemini_writer>());
  out.push_back(std::make_unique<openai_responses_writer>());
  out.push_back(std::make_unique<ollama_chat_writer>());
  out.push_back(std::make_unique<openai_completions_writer>());
  out.push_back(std::make_unique<openai_embeddings_writer>());
  out.push_back(std::make_unique<opaque_writer>());
  return out;
}

}  // namespace nearfar::support
