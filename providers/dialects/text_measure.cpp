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

constexpr std::uint64_t each_byte = 0x0101010101010101u;

// Byte by byte: 1 below 0x80, 0 from 0x80, 2 from 0xC0, 4 from 0xE0, 8 from 0xF0 on (the first byte of
// a character of two, three, four bytes; RFC 3629 section 3).
std::uint64_t word_quarters(std::uint64_t word) {
  const std::uint64_t high = (word >> 7) & each_byte;
  const std::uint64_t lead = high & (word >> 6);
  const std::uint64_t three = lead & (word >> 5);
  const std::uint64_t four = three & (word >> 4);
  return (high ^ each_byte) + 2 * lead + 2 * three + 4 * four;
}

std::uint64_t sum_of_lanes(std::uint64_t lanes) {
  constexpr std::uint64_t even = 0x00ff00ff00ff00ffu;
  return (((lanes & even) + ((lanes >> 8) & even)) * 0x0001000100010001u) >> 48;
}

std::uint64_t mix(std::uint64_t h) {  // the finaliser of SplitMix64
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
  h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
  return h ^ (h >> 31);
}

std::uint64_t add_to_hash(std::uint64_t h, std::uint64_t word) {
  return std::rotl((h ^ word) * 0x9e3779b97f4a7c15u, 29);
}

std::uint64_t hash_bytes(std::uint64_t h, std::string_view text) {
  // Side by side, because each multiplication waits for the one before it.
  constexpr std::size_t lanes = 4;
  if (text.size() >= 8 * lanes) {
    std::uint64_t of_lane[lanes] = {h, ~h, h ^ each_byte, h + each_byte};
    for (; text.size() >= 8 * lanes; text.remove_prefix(8 * lanes)) {
      for (std::size_t i = 0; i < lanes; ++i) of_lane[i] = add_to_hash(of_lane[i], load(text.data() + 8 * i));
    }
    for (const auto one : of_lane) h = add_to_hash(h, one);
  }
  for (; text.size() >= 8; text.remove_prefix(8)) h = add_to_hash(h, load(text.data()));
  char rest[8] = {};
  if (!text.empty()) std::memcpy(rest, text.data(), text.size());
  return mix(h ^ load(rest));
}

// A length that the compiler knows: a few vector instructions.
constexpr std::size_t ascii_block = 128;

bool is_ascii(const char* block) {
  std::uint64_t any = 0;
  for (std::size_t i = 0; i < ascii_block; i += 8) any |= load(block + i);
  return (any & (each_byte << 7)) == 0;
}

}  // namespace

std::uint64_t raw_quarters(std::string_view bytes) {
  // Eight bytes at a time, each adding what it opens to its own lane: no branch, and the compiler makes
  // vectors of it. A lane takes 31 words of at most 8 quarters before it must be emptied.
  constexpr std::size_t words_of_block = 31;
  std::uint64_t sum = 0;
  while (bytes.size() >= ascii_block && is_ascii(bytes.data())) {
    sum += ascii_block;
    bytes.remove_prefix(ascii_block);
  }
  while (bytes.size() >= 8) {
    const std::size_t words = bytes.size() / 8 < words_of_block ? bytes.size() / 8 : words_of_block;
    std::uint64_t any = 0;
    for (std::size_t i = 0; i < words; ++i) any |= load(bytes.data() + 8 * i);
    if ((any & (each_byte << 7)) == 0) {
      sum += 8 * words;  // ASCII, as most of what is sent
    } else {
      std::uint64_t lanes = 0;
      for (std::size_t i = 0; i < words; ++i) lanes += word_quarters(load(bytes.data() + 8 * i));
      sum += sum_of_lanes(lanes);
    }
    bytes.remove_prefix(8 * words);
  }
  if (bytes.empty()) return sum;
  char rest[8] = {};
  std::memcpy(rest, bytes.data(), bytes.size());
  // The zero bytes behind the rest weigh one each.
  return sum + sum_of_lanes(word_quarters(load(rest))) - (8 - bytes.size());
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
