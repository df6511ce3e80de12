#include "providers/dialects/json_text.hpp"

#include <charconv>
#include <cstdint>

namespace nearfar::providers {

namespace {

constexpr std::uint32_t replacement = 0xFFFD;

void append_utf8(std::string& to, std::uint32_t c) {
  const auto byte = [&](std::uint32_t v) { to.push_back(static_cast<char>(v)); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | (c >> 6));
    byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    byte(0xE0 | (c >> 12));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  } else {
    byte(0xF0 | (c >> 18));
    byte(0x80 | ((c >> 12) & 0x3F));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  }
}

// `text` begins behind the backslash of \uXXXX. False: no four hex digits.
bool hex(std::string_view text, std::uint32_t& out) {
  if (text.size() < 5 || text[0] != 'u') return false;
  const auto read = std::from_chars(text.data() + 1, text.data() + 5, out, 16);
  return read.ec == std::errc{} && read.ptr == text.data() + 5;
}

bool is_high(std::uint32_t c) {
  return c >= 0xD800 && c < 0xDC00;
}
bool is_low(std::uint32_t c) {
  return c >= 0xDC00 && c < 0xE000;
}

// Takes one escape (without its backslash) off the text.
std::uint32_t take_escape(std::string_view& text) {
  std::uint32_t c = replacement;
  if (hex(text, c)) {
    text.remove_prefix(5);
    std::uint32_t low = 0;
    if (is_high(c) && text.starts_with('\\') && hex(text.substr(1), low) && is_low(low)) {
      text.remove_prefix(6);
      return 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    return is_high(c) || is_low(c) ? replacement : c;
  }
  if (text.empty()) return replacement;
  const char letter = text.front();
  text.remove_prefix(1);
  constexpr std::string_view letters = "\"\\/bfnrt";
  constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
  const auto at = letters.find(letter);
  return at == std::string_view::npos ? replacement : static_cast<std::uint32_t>(meant[at]);
}

}  // namespace

std::string unescape(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  while (!raw.empty()) {
    const auto at = raw.find('\\');
    out.append(raw.substr(0, at));
    if (at == std::string_view::npos) break;
    raw.remove_prefix(at + 1);
    append_utf8(out, take_escape(raw));
  }
  return out;
}

}  // namespace nearfar::providers
