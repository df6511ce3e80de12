#include "gateway/query_path.hpp"

#include "gateway/request_target.hpp"

#include <algorithm>
#include <array>

namespace nearfar::gateway {

namespace {

using config::dialect;

enum class also_openrouter : std::uint8_t { no, yes };

struct fixed_path {
  std::string_view tail;  // behind /v1/
  dialect in;
  query_verb verb = query_verb::answer;
  also_openrouter prefix = also_openrouter::no;
};

// OpenAI, Anthropic and Cohere's rerank as their SDKs ask; OpenRouter's prefix: its API reference.
constexpr std::array<fixed_path, 14> fixed_paths{{
    {"chat/completions", dialect::openai_chat, query_verb::answer, also_openrouter::yes},
    {"messages", dialect::anthropic_messages, query_verb::answer, also_openrouter::yes},
    {"messages/count_tokens", dialect::anthropic_messages, query_verb::count_tokens, also_openrouter::yes},
    {"responses", dialect::openai_responses, query_verb::answer, also_openrouter::yes},
    {"completions", dialect::openai_completions, query_verb::answer, also_openrouter::yes},
    {"embeddings", dialect::openai_embeddings, query_verb::answer, also_openrouter::yes},
    {"audio/transcriptions", dialect::audio_transcriptions},
    {"audio/translations", dialect::audio_translations},
    {"audio/speech", dialect::audio_speech},
    {"images/generations", dialect::image_generations},
    {"images/edits", dialect::image_edits},
    {"images/variations", dialect::image_variations},
    {"rerank", dialect::rerank},
    {"moderations", dialect::moderations},
}};

struct gemini_verb {
  std::string_view word;
  query_verb verb;
  bool stream;
};

constexpr std::array<gemini_verb, 3> gemini_verbs{{
    {"generateContent", query_verb::answer, false},
    {"streamGenerateContent", query_verb::answer, true},
    {"countTokens", query_verb::count_tokens, false},
}};

std::optional<query_path> gemini_path(std::string_view path, std::string_view query) {
  for (const std::string_view folder : {"/v1beta/models/", "/v1/models/", "/v1alpha/models/"}) {
    if (!path.starts_with(folder)) continue;
    const auto rest = path.substr(folder.size());
    // A model's name may have a colon of its own: `x:free`.
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    const auto verb = std::ranges::find(gemini_verbs, rest.substr(colon + 1), &gemini_verb::word);
    if (verb == gemini_verbs.end()) return std::nullopt;
    const bool events = query_parameter(query, "alt") == "sse";
    return query_path{.in = dialect::gemini,
                      .verb = verb->verb,
                      .model = rest.substr(0, colon),
                      .stream = verb->stream,
                      .as_array = verb->stream && !events};
  }
  return std::nullopt;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~' || c == '/';
}

}  // namespace

std::optional<query_path> query_path_of(std::string_view path, std::string_view query) {
  const bool openrouter = path.starts_with("/api/v1/");
  std::string_view tail;
  if (openrouter) {
    tail = path.substr(8);
  } else if (path.starts_with("/v1/")) {
    tail = path.substr(4);
  }
  if (!tail.empty()) {
    const auto found = std::ranges::find(fixed_paths, tail, &fixed_path::tail);
    if (found != fixed_paths.end() && (!openrouter || found->prefix == also_openrouter::yes))
      return query_path{.in = found->in, .verb = found->verb};
  }
  return gemini_path(path, query);
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : hex_value(text[i + 2]);
    if (low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_plain(c)) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(hex[byte >> 4]);
    out.push_back(hex[byte & 15]);
  }
  return out;
}

}  // namespace nearfar::gateway
