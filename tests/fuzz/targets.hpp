// The fuzz targets by name. Each takes any bytes and aborts when something that must hold does not.
// libFuzzer drives one a program; the corpus test drives them all over the committed inputs.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

namespace nearfar::fuzz {

void ingress(std::string_view bytes);
void sse(std::string_view bytes);
void chunk_reader(std::string_view bytes);
void request(std::string_view bytes);
void stream(std::string_view bytes);
void answer(std::string_view bytes);
void upstream_head(std::string_view bytes);
void config(std::string_view bytes);
void splice(std::string_view bytes);
void openrouter(std::string_view bytes);
void rtnetlink(std::string_view bytes);
void responses_request(std::string_view bytes);
void responses_stream(std::string_view bytes);
void chat_request_form(std::string_view bytes);
void chat_stream_events(std::string_view bytes);
void gemini_request(std::string_view bytes);
void gemini_stream(std::string_view bytes);
void ollama_stream(std::string_view bytes);
void anthropic_request(std::string_view bytes);
void anthropic_stream(std::string_view bytes);

struct target {
  std::string_view name;  // also of its folder in corpus/
  void (*run)(std::string_view bytes);
};

std::span<const target> targets();

// Not assert(): it must hold in every build.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace nearfar::fuzz
