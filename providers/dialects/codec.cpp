#include "providers/dialects/codec.hpp"

#include "providers/dialects/gemini/codec.hpp"
#include "providers/dialects/ollama_chat/codec.hpp"

namespace nearfar::providers {

const codec* codec_of(config::dialect d) {
  switch (d) {
    case config::dialect::gemini:
      return gemini::the_codec();
    case config::dialect::ollama_chat:
      return ollama_chat::the_codec();
    default:
      return nullptr;
  }
}

}  // namespace nearfar::providers
