// Small helpers for header text: ASCII case, comma lists. RFC 9110 sections 5.1 and 5.6.1.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace nearfar::providers {

constexpr char lower_ascii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// `lower_case` must be lower case already.
constexpr bool equal_fields(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (lower_ascii(text[i]) != lower_case[i]) return false;
  return true;
}

constexpr bool equal_any_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower_ascii(a[i]) != lower_ascii(b[i])) return false;
  return true;
}

constexpr std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// One number in digits and nothing else. Nullopt: it is none, or over 64 bits.
constexpr std::optional<std::uint64_t> number_in(std::string_view text) {
  constexpr std::size_t never_over = 19;
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  if (text.empty()) return std::nullopt;
  std::uint64_t out = 0;
  const bool may_be_over = text.size() > never_over;
  for (const char c : text) {
    const auto digit = static_cast<unsigned>(c) - '0';
    if (digit > 9) return std::nullopt;
    if (may_be_over && out > (most - digit) / 10) return std::nullopt;
    out = out * 10 + digit;
  }
  return out;
}

// Whether a comma list such as Connection holds `token`, in any case.
constexpr bool list_has(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (equal_any_case(trim_blanks(list.substr(0, comma)), token)) return true;
    if (comma == list.npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace nearfar::providers
