#include "providers/dialects/gemini/path.hpp"

#include <array>
#include <utility>

namespace nearfar::providers::gemini {

namespace {

constexpr std::array<std::pair<std::string_view, verb>, 5> verbs{{
    {"generateContent", verb::generate_content},
    {"streamGenerateContent", verb::stream_generate_content},
    {"countTokens", verb::count_tokens},
    {"embedContent", verb::embed_content},
    {"batchEmbedContents", verb::batch_embed_contents},
}};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

bool take(std::string_view& text, std::string_view beginning) {
  if (!text.starts_with(beginning)) return false;
  text.remove_prefix(beginning.size());
  return true;
}

}  // namespace

std::string_view to_string(verb what) {
  for (const auto& [word, each] : verbs) {
    if (each == what) return word;
  }
  return {};
}

std::optional<model_path> read_path(std::string_view path) {
  if (!take(path, "/v1beta/") && !take(path, "/v1/") && !take(path, "/v1alpha/")) return std::nullopt;
  if (path == "models" || path == "models/") return model_path{};
  if (!take(path, "models/")) return std::nullopt;
  auto name = unescape(path);
  if (!name || name->empty()) return std::nullopt;
  model_path out;
  const auto colon = name->rfind(':');
  if (colon != std::string::npos) {
    for (const auto& [word, each] : verbs) {
      if (std::string_view(*name).substr(colon + 1) == word) out.what = each;
    }
    if (out.what != verb::none) name->resize(colon);
  }
  if (name->empty()) return std::nullopt;
  out.model = std::move(*name);
  return out;
}

bool asks_for_events(std::string_view query) {
  while (!query.empty()) {
    const auto end = query.find('&');
    if (query.substr(0, end) == "alt=sse") return true;
    if (end == std::string_view::npos) return false;
    query.remove_prefix(end + 1);
  }
  return false;
}

std::string write_path(std::string_view model, verb what) {
  constexpr std::string_view plain = "-._~/";  // a model's own slashes stay: "publishers/google/models/…"
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out = "models/";
  take(model, "models/");
  for (const char c : model) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || plain.find(c) != std::string_view::npos) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(hex[byte >> 4]);
    out.push_back(hex[byte & 15]);
  }
  if (what != verb::none) out.append(":").append(to_string(what));
  return out;
}

}  // namespace nearfar::providers::gemini
