#include "bench/wire/head_lines.hpp"

#include <algorithm>
#include <charconv>

namespace nearfar::bench {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool read_field(std::string_view name, std::string_view value, framing& out) {
  if (equal_without_case(name, "content-length")) {
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), out.content_length);
    out.has_length = true;
    return parsed.ec == std::errc{} && parsed.ptr == value.data() + value.size();
  }
  if (equal_without_case(name, "transfer-encoding")) out.chunked = equal_without_case(value, "chunked");
  if (equal_without_case(name, "connection")) out.close = equal_without_case(value, "close");
  return true;
}

}  // namespace

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool read_framing(std::string_view head, framing& out) {
  out = {};
  auto at = head.find("\r\n");
  while (at != std::string_view::npos) {
    head.remove_prefix(at + 2);
    at = head.find("\r\n");
    const auto line = head.substr(0, at);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (!read_field(line.substr(0, colon), trimmed(line.substr(colon + 1)), out)) return false;
  }
  return true;
}

}  // namespace nearfar::bench
