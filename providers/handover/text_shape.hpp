// What the characters of a text are, as far as a seam must know: where words and visible characters
// begin and end. No tables of a Unicode library: blocks, coarse and enough. Sans-I/O, allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nearfar::providers::handover {

enum class shape : std::uint8_t {
  space,
  punctuation,
  word,      // letters and digits of scripts that put spaces between words
  unspaced,  // Chinese, Japanese, Thai, Lao, Khmer, Burmese, emoji: each stands for itself
  extend,    // belongs to the character before it: combining marks, selectors, skin tones
  joiner,    // U+200D: binds the character behind it too
};

struct character {
  char32_t code = 0;
  std::size_t size = 0;  // bytes; 0 only at the end of the text
  shape is = shape::space;
};

shape shape_of(char32_t code);

// The character that begins at `at`. A byte that is no UTF-8 is one character of its own.
character character_at(std::string_view text, std::size_t at);
// The one that ends at `end`.
character character_before(std::string_view text, std::size_t end);

// How many bytes at the end are the beginning of a character whose rest is still to come: 0 to 3.
std::size_t unfinished_bytes(std::string_view text);

// May a word, or a visible character of a script without spaces, begin at `at`?
bool begins_word(std::string_view text, std::size_t at);

// How hard it is to say the same by chance: 2 for a word, 1 for an unspaced character.
inline constexpr std::size_t word_weight = 2;
std::size_t weight(std::string_view text);

// ASCII white space, which is what models' tokenizers and templates eat at a seam.
inline bool is_white(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}
// Bytes of white space at the end.
std::size_t white_tail(std::string_view text);

// Code points; a byte that is no UTF-8 is one.
std::uint64_t characters_in(std::string_view text);

// The end of `text` that holds at most `most` of weight and begins where a word begins.
std::string_view tail_of_weight(std::string_view text, std::size_t most);

}  // namespace nearfar::providers::handover
