#include "providers/dialects/gemini/words.hpp"

#include "providers/dialects/text_measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nearfar::providers::gemini {

namespace {

constexpr std::string_view made = "call_nf";
constexpr std::size_t made_digits = 16;

struct reason_row {
  std::string_view word;
  finish_word means;
};

constexpr std::array reasons{
    reason_row{"STOP", {chat::finish::stop, false}},
    reason_row{"MAX_TOKENS", {chat::finish::length, false}},
    reason_row{"SAFETY", {chat::finish::content_filter, false}},
    reason_row{"RECITATION", {chat::finish::content_filter, false}},
    reason_row{"LANGUAGE", {chat::finish::content_filter, false}},
    reason_row{"BLOCKLIST", {chat::finish::content_filter, false}},
    reason_row{"PROHIBITED_CONTENT", {chat::finish::content_filter, false}},
    reason_row{"SPII", {chat::finish::content_filter, false}},
    reason_row{"IMAGE_SAFETY", {chat::finish::content_filter, false}},
    reason_row{"IMAGE_PROHIBITED_CONTENT", {chat::finish::content_filter, false}},
    reason_row{"IMAGE_RECITATION", {chat::finish::content_filter, false}},
    reason_row{"MALFORMED_FUNCTION_CALL", {chat::finish::error, true}},
    reason_row{"UNEXPECTED_TOOL_CALL", {chat::finish::error, true}},
    reason_row{"TOO_MANY_TOOL_CALLS", {chat::finish::error, true}},
    reason_row{"MALFORMED_RESPONSE", {chat::finish::error, true}},
    reason_row{"OTHER", {chat::finish::stop, false}},
    reason_row{"CONTINUATION", {chat::finish::other, false}},
    reason_row{"IMAGE_OTHER", {chat::finish::other, false}},
    reason_row{"NO_IMAGE", {chat::finish::other, false}},
    reason_row{"FINISH_REASON_UNSPECIFIED", {chat::finish::none, false}},
};

const reason_row* row_of(std::string_view word) {
  for (const auto& each : reasons) {
    if (each.word == word) return &each;
  }
  return nullptr;
}

}  // namespace

std::string camel(std::string_view key) {
  std::string out;
  out.reserve(key.size());
  bool raise = false;
  for (const char c : key) {
    if (c == '_') {
      raise = !out.empty();
      continue;
    }
    out.push_back(raise && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    raise = false;
  }
  return out;
}

finish_word finish_of(std::string_view reason) {
  const auto* row = row_of(reason);
  return row ? row->means : finish_word{reason.empty() ? chat::finish::none : chat::finish::other, false};
}

std::string_view finish_reason_of(chat::finish why, std::string_view native) {
  if (const auto* row = row_of(native)) return row->word;
  switch (why) {
    case chat::finish::none:
    case chat::finish::stop:
    case chat::finish::tool_calls:
      return "STOP";
    case chat::finish::length:
      return "MAX_TOKENS";
    case chat::finish::content_filter:
      return "SAFETY";
    case chat::finish::error:
    case chat::finish::other:
      return "OTHER";
  }
  return "OTHER";
}

std::string_view status_word(int status) {
  switch (status) {
    case 401:
      return "UNAUTHENTICATED";
    case 402:
      return "FAILED_PRECONDITION";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "NOT_FOUND";
    case 409:
      return "ABORTED";
    case 429:
      return "RESOURCE_EXHAUSTED";
    case 499:
      return "CANCELLED";
    case 501:
      return "UNIMPLEMENTED";
    case 408:
    case 504:
      return "DEADLINE_EXCEEDED";
    case 502:
    case 503:
    case 529:
      return "UNAVAILABLE";
    default:
      return status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT";
  }
}

generation generation_of(std::string_view model) {
  if (const auto slash = model.rfind('/'); slash != std::string_view::npos) model.remove_prefix(slash + 1);
  if (model.starts_with("gemini-2.5")) return generation::v2_5;
  const bool old = model.starts_with("gemini-1") || model.starts_with("gemini-2.0") ||
                   model.starts_with("gemini-pro") || model.starts_with("gemma-");
  return old ? generation::before_2_5 : generation::later;
}

std::string made_id(std::uint64_t seed, std::string_view name, std::string_view arguments) {
  return fmt::format("{}{:016x}", made, stable_hash(stable_hash(seed, name), arguments));
}

bool is_made_id(std::string_view id) {
  return id.size() == made.size() + made_digits && id.starts_with(made) &&
         std::all_of(id.begin() + made.size(), id.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace nearfar::providers::gemini
