#include "routes/query.hpp"

namespace nearfar::routes {

std::string_view to_string(dialect d) {
  switch (d) {
    case dialect::openai_chat:
      return "openai-chat";
    case dialect::openai_responses:
      return "openai-responses";
    case dialect::openai_completions:
      return "openai-completions";
    case dialect::openai_embeddings:
      return "openai-embeddings";
    case dialect::anthropic_messages:
      return "anthropic-messages";
    case dialect::gemini:
      return "gemini";
  }
  return "openai-chat";
}

}  // namespace nearfar::routes
