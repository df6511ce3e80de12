#include "tests/fuzz/targets.hpp"

namespace nearfar::fuzz {

std::span<const target> targets() {
  static constexpr target all[] = {
      {"ingress", ingress},
      {"sse", sse},
      {"chunk_reader", chunk_reader},
      {"request", request},
      {"stream", stream},
      {"answer", answer},
      {"upstream_head", upstream_head},
      {"config", config},
      {"splice", splice},
      {"rtnetlink", rtnetlink},
      {"responses_request", responses_request},
      {"responses_stream", responses_stream},
      {"chat_request_form", chat_request_form},
      {"chat_stream_events", chat_stream_events},
      {"gemini_request", gemini_request},
      {"gemini_stream", gemini_stream},
      {"ollama_stream", ollama_stream},
      {"anthropic_request", anthropic_request},
      {"anthropic_stream", anthropic_stream},
      {"openrouter", openrouter},
  };
  return all;
}

}  // namespace nearfar::fuzz
