#include "providers/dialects/codec.hpp"

#include "providers/dialects/anthropic_messages/codec.hpp"
#include "providers/dialects/gemini/codec.hpp"
#include "providers/dialects/ollama_chat/codec.hpp"
#include "providers/dialects/openai_chat/codec.hpp"
#include "providers/dialects/openai_responses/codec.hpp"

namespace nearfar::providers {

const codec* codec_of(config::dialect d) {
  switch (d) {
    case config::dialect::openai_chat:
      return &openai_chat::the_codec();
    case config::dialect::openai_responses:
      return openai_responses::the_codec();
    case config::dialect::anthropic_messages:
      return &anthropic_messages::the_codec();
    case config::dialect::gemini:
      return gemini::the_codec();
    case config::dialect::ollama_chat:
      return ollama_chat::the_codec();
    default:
      return nullptr;
  }
}

}  // namespace nearfar::providers
