#include "providers/dialects/text_measure.hpp"

#include <bit>
#include <cstring>

namespace nearfar::providers {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The code unit of `\uXXXX` whose digits begin at `at`; -1: not four hex digits.
int code_unit(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return -1;
  int value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const int digit = hex_digit(text[at + i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

std::uint64_t unit_quarters(int unit) {
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  return 4;  // each half of a surrogate pair too: the pair weighs two tokens like four raw bytes
}

std::uint64_t load(const char* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

std::uint64_t mix(std::uint64_t h) {  // the finaliser of SplitMix64
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
  h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
  return h ^ (h >> 31);
}

std::uint64_t hash_bytes(std::uint64_t h, std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    h = std::rotl((h ^ load(text.data() + at)) * 0x9e3779b97f4a7c15u, 29);
  }
  char rest[8] = {};
  if (at < text.size()) std::memcpy(rest, text.data() + at, text.size() - at);
  return mix(h ^ load(rest));
}

}  // namespace

std::uint64_t raw_quarters(std::string_view bytes) {
  // Every byte adds what it opens, so that the loop has no branch and the compiler can use vectors;
  // blocks keep the sums in one byte's range times 255.
  std::uint64_t sum = 0;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t end = at + 4096 < bytes.size() ? at + 4096 : bytes.size();
    std::uint32_t part = 0;
    for (std::size_t i = at; i < end; ++i) {
      const auto b = static_cast<std::uint8_t>(bytes[i]);
      const auto lead = static_cast<std::uint8_t>(b >= 0xc0);
      const auto weight =
          static_cast<std::uint8_t>((b < 0x80) + 2 * lead + 2 * (b >= 0xe0) + 4 * (b >= 0xf0));
      part += weight;
    }
    sum += part;
    at = end;
  }
  return sum;
}

std::optional<std::uint64_t> token_quarters(std::string_view text) {
  std::uint64_t sum = 0;
  while (true) {
    const std::size_t escape = text.find('\\');
    sum += raw_quarters(text.substr(0, escape));
    if (escape == std::string_view::npos) return sum;
    text.remove_prefix(escape + 1);
    if (text.empty()) return std::nullopt;
    if (text.front() == 'u') {
      const int unit = code_unit(text, 1);
      if (unit < 0) return std::nullopt;
      sum += unit_quarters(unit);
      text.remove_prefix(5);
      continue;
    }
    if (std::string_view{"\"\\/bfnrt"}.find(text.front()) == std::string_view::npos) return std::nullopt;
    sum += 1;
    text.remove_prefix(1);
  }
}

std::uint64_t stable_hash(std::uint64_t seed, std::string_view text) {
  constexpr std::size_t head = 4096;
  constexpr std::size_t tail = 1024;
  const std::uint64_t h = mix(seed + 0x9e3779b97f4a7c15u + text.size());
  if (text.size() <= head + tail) return hash_bytes(h, text);
  return hash_bytes(hash_bytes(h, text.substr(0, head)), text.substr(text.size() - tail));
}

}  // namespace nearfar::providers
