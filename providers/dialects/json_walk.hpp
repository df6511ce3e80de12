// Small helpers over simdjson on-demand 3.0 for the codecs' own use. Include it in .cpp files only:
// it pulls in the whole of simdjson.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::providers::json_walk {

namespace od = simdjson::ondemand;

inline bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

inline std::string_view trim_end(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// The value's first token with the blanks behind it, up to the next structural character. Beyond the
// end of a malformed document the length that simdjson computes wraps around.
inline std::string_view raw_token(od::value& v) {
  constexpr std::size_t longest = 0x7fffffff;
  const std::string_view text = v.raw_json_token();
  return text.size() < longest ? text : std::string_view{};
}

inline std::string_view token(od::value& v) {
  return trim_end(raw_token(v));
}

// From `begin` to where the walk stands behind `v`. Nullopt: a malformed document has led the walk out of
// `whole`, or back before `begin` (the index behind its last character points at the first).
inline std::optional<std::string_view> up_to_here(const char* begin, od::value& v, std::string_view whole) {
  const char* end = nullptr;
  if (v.current_location().get(end) || end < begin || end > whole.data() + whole.size()) return std::nullopt;
  return std::string_view(begin, static_cast<std::size_t>(end - begin));
}

inline bool is_container(std::string_view token) {
  return !token.empty() && (token.front() == '{' || token.front() == '[');
}

inline bool is_string(std::string_view token) {
  return token.size() >= 2 && token.front() == '"' && token.back() == '"';
}

// A string's text as it stands in the document, without quotes.
inline std::string_view raw_text(std::string_view token) {
  return token.substr(1, token.size() - 2);
}

inline bool is_filled_string(std::string_view token) {
  return is_string(token) && token.size() > 2;
}

// RFC 8259 section 6: on-demand does not look at scalars that nobody asks for.
bool is_number(std::string_view token);
bool is_scalar(std::string_view token);

// Negative numbers and fractions are cut to what an unsigned count can hold.
bool read_count(std::string_view token, std::uint64_t& out);

inline constexpr int max_depth = 64;

enum class walked : std::uint8_t { fine, malformed, too_deep };

// Walks a whole value, so that brackets, keys, commas and scalars are known to be right: on-demand
// only counts brackets, of either kind, in what it skips.
walked check(od::value v, int depth);

// simdjson allocates for exactly the longest document so far; powers of two end that sooner.
// The returned view of the document dies with the next call on the same parser.
simdjson::error_code open(od::parser& parser, std::string_view text, od::document& out);

// Calls `f(field)` for every member; `f` returns false to stop with an error of its own.
template <class F>
bool each_field(od::object object, simdjson::error_code& error, F&& f) {
  for (auto item : object) {
    od::field field;
    if ((error = std::move(item).get(field))) return false;
    if (!f(field)) return false;
  }
  return true;
}

template <class F>
bool each_element(od::array array, simdjson::error_code& error, F&& f) {
  for (auto item : array) {
    od::value value;
    if ((error = std::move(item).get(value))) return false;
    if (!f(value)) return false;
  }
  return true;
}

}  // namespace nearfar::providers::json_walk
