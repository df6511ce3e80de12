// The wire APIs by name: what a client speaks, and what a provider serves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace nearfar::config {

enum class dialect : std::uint8_t {
  openai_chat,
  openai_responses,
  openai_completions,
  openai_embeddings,
  anthropic_messages,
  gemini,
  ollama_chat,  // Ollama's native /api/chat: asked, never served
  // Routed by model and passed on as they come.
  audio_transcriptions,
  audio_translations,
  audio_speech,
  image_generations,
  image_edits,
  image_variations,
  rerank,
  moderations,
};

// In the order of the enumeration; the words of the fact `dialect` and of a preset's `dialects`.
inline constexpr std::array<std::string_view, 15> dialect_words{
    "openai-chat",        "openai-responses", "openai-completions", "openai-embeddings",
    "anthropic-messages", "gemini",           "ollama-chat",        "audio-transcriptions",
    "audio-translations", "audio-speech",     "image-generations",  "image-edits",
    "image-variations",   "rerank",           "moderations"};

constexpr std::string_view to_string(dialect d) {
  return dialect_words[static_cast<std::size_t>(d)];
}

std::optional<dialect> dialect_of(std::string_view word);

// A conversation that ends in an answer: these are translated into each other.
constexpr bool is_chat(dialect d) {
  return d == dialect::openai_chat || d == dialect::openai_responses || d == dialect::anthropic_messages ||
         d == dialect::gemini || d == dialect::ollama_chat;
}

}  // namespace nearfar::config
