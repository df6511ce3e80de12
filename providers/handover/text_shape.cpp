#include "providers/handover/text_shape.hpp"

#include <algorithm>
#include <array>

namespace nearfar::providers::handover {
namespace {

struct block {
  char32_t from;
  char32_t to;
  shape is;
};

// Unicode 15 blocks, in order. What stands in none of them is a letter of a script with spaces.
constexpr auto blocks = std::to_array<block>({
    {0x0080, 0x009f, shape::punctuation},
    {0x00a0, 0x00a0, shape::space},
    {0x00a1, 0x00a9, shape::punctuation},
    {0x00ab, 0x00b4, shape::punctuation},
    {0x00b6, 0x00b9, shape::punctuation},
    {0x00bb, 0x00bf, shape::punctuation},
    {0x0300, 0x036f, shape::extend},
    {0x0483, 0x0489, shape::extend},
    {0x0591, 0x05bd, shape::extend},
    {0x060c, 0x060c, shape::punctuation},
    {0x061b, 0x061f, shape::punctuation},
    {0x064b, 0x065f, shape::extend},
    {0x06d4, 0x06d4, shape::punctuation},
    {0x06d6, 0x06dc, shape::extend},
    {0x0900, 0x0903, shape::extend},
    {0x093a, 0x093c, shape::extend},
    {0x093e, 0x094f, shape::extend},
    {0x0964, 0x0965, shape::punctuation},
    {0x0981, 0x0983, shape::extend},
    {0x09bc, 0x09cd, shape::extend},
    {0x0b82, 0x0b82, shape::extend},
    {0x0bbe, 0x0bcd, shape::extend},
    {0x0e31, 0x0e31, shape::extend},
    {0x0e34, 0x0e3a, shape::extend},
    {0x0e47, 0x0e4e, shape::extend},
    {0x0e00, 0x0eff, shape::unspaced},  // Thai, Lao
    {0x1000, 0x109f, shape::unspaced},  // Burmese
    {0x1780, 0x17ff, shape::unspaced},  // Khmer
    {0x1ab0, 0x1aff, shape::extend},
    {0x1dc0, 0x1dff, shape::extend},
    {0x2000, 0x200b, shape::space},
    {0x200c, 0x200c, shape::extend},
    {0x200d, 0x200d, shape::joiner},
    {0x2010, 0x2027, shape::punctuation},
    {0x2028, 0x202f, shape::space},
    {0x2030, 0x205e, shape::punctuation},
    {0x20d0, 0x20ff, shape::extend},
    {0x2190, 0x2bff, shape::unspaced},  // arrows, mathematics, boxes, dingbats, older emoji
    {0x2e80, 0x2fff, shape::unspaced},  // radicals
    {0x3000, 0x3000, shape::space},
    {0x3001, 0x303f, shape::punctuation},
    {0x3099, 0x309a, shape::extend},  // combining kana voice marks
    {0x3040, 0x312f, shape::unspaced},
    {0x3130, 0x318f, shape::word},  // Hangul letters: Korean puts spaces
    {0x3190, 0x9fff, shape::unspaced},
    {0xf900, 0xfaff, shape::unspaced},
    {0xfe00, 0xfe0f, shape::extend},  // variation selectors
    {0xfe20, 0xfe2f, shape::extend},
    {0xff01, 0xff0f, shape::punctuation},
    {0xff1a, 0xff20, shape::punctuation},
    {0xff3b, 0xff40, shape::punctuation},
    {0xff5b, 0xff65, shape::punctuation},
    {0xff66, 0xff9f, shape::unspaced},
    {0x1f3fb, 0x1f3ff, shape::extend},  // skin tones
    {0x1f000, 0x1faff, shape::unspaced},
    {0x20000, 0x3ffff, shape::unspaced},
    {0xe0000, 0xe01ef, shape::extend},  // tags of flags, more selectors
});

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

// RFC 3629 section 3: how long a sequence is by its first byte; 0 for a byte that begins none.
std::size_t sequence_length(char first) {
  const auto c = static_cast<unsigned char>(first);
  if (c < 0x80) return 1;
  if (c < 0xc2 || c > 0xf4) return 0;
  return c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

}  // namespace

shape shape_of(char32_t code) {
  if (code < 0x80) {
    const bool digit = code >= '0' && code <= '9';
    const bool letter = (code | 0x20U) >= 'a' && (code | 0x20U) <= 'z';
    if (digit || letter || code == '_') return shape::word;
    return code <= ' ' ? shape::space : shape::punctuation;
  }
  // Where a smaller block stands inside a larger one, it is listed first.
  for (const block& each : blocks) {
    if (code >= each.from && code <= each.to) return each.is;
  }
  return shape::word;
}

character character_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return {};
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t size = sequence_length(text[at]);
  character bad{first, 1, shape::punctuation};
  if (size == 0 || at + size > text.size()) return bad;
  if (size == 1) return {first, 1, shape_of(first)};
  char32_t code = first & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if (!is_continuation(text[at + i])) return bad;
    code = (code << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
  }
  return {code, size, shape_of(code)};
}

character character_before(std::string_view text, std::size_t end) {
  for (std::size_t back = 1; back <= 4 && back <= end; ++back) {
    if (is_continuation(text[end - back])) continue;
    const character found = character_at(text.substr(0, end), end - back);
    if (found.size == back) return found;
    break;
  }
  return end == 0 ? character{} : character_at(text.substr(0, end), end - 1);
}

std::size_t unfinished_bytes(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const char c = text[text.size() - back];
    if (is_continuation(c)) continue;
    return sequence_length(c) > back ? back : 0;
  }
  return 0;
}

bool begins_word(std::string_view text, std::size_t at) {
  const character next = character_at(text, at);
  if (next.size == 0 || next.is == shape::extend || next.is == shape::joiner) return false;
  // What extends a character has the nature of that character.
  std::size_t end = at;
  character before = character_before(text, end);
  if (before.is == shape::joiner) return false;
  while (before.size != 0 && before.is == shape::extend) {
    end -= before.size;
    before = character_before(text, end);
  }
  return !(before.size != 0 && before.is == shape::word && next.is == shape::word);
}

std::size_t weight(std::string_view text) {
  std::size_t sum = 0;
  shape last = shape::space;
  for (std::size_t at = 0; at < text.size();) {
    const character here = character_at(text, at);
    at += here.size;
    if (here.is == shape::extend) continue;
    if (here.is == shape::word && last != shape::word) sum += word_weight;
    if (here.is == shape::unspaced && last != shape::joiner) ++sum;
    last = here.is;
  }
  return sum;
}

std::uint64_t characters_in(std::string_view text) {
  std::uint64_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += character_at(text, at).size) ++count;
  return count;
}

std::size_t white_tail(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && is_white(text[text.size() - 1 - size])) ++size;
  return size;
}

std::string_view tail_of_weight(std::string_view text, std::size_t most) {
  std::size_t begin = text.size();
  std::size_t found = 0;
  for (std::size_t at = text.size(); at > 0;) {
    const character here = character_before(text, at);
    at -= here.size;
    if ((here.is != shape::word && here.is != shape::unspaced) || !begins_word(text, at)) continue;
    found += here.is == shape::word ? word_weight : 1;
    if (found > most) break;
    begin = at;
  }
  return text.substr(begin);
}

}  // namespace nearfar::providers::handover
