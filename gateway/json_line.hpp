// The text of one line of JSON, written from left to right into memory that is kept from line to line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nearfar::gateway {

// Punctuation is the caller's. The functions are short, and here, so that a literal is copied by a few
// instructions and not by a call. Not thread safe.
class json_line {
 public:
  void clear() { used_ = 0; }
  // Until the next call that is not const.
  std::string_view text() const { return {memory_.data(), used_}; }

  // As it stands.
  void add(std::string_view text) { used_ += text.copy(room(text.size()), text.size()); }
  void add(char c) {
    *room(1) = c;
    ++used_;
  }
  // In quotes; a word of our own, that needs no escape.
  void add_word(std::string_view text) {
    char* const to = room(text.size() + 2);
    *to = '"';
    text.copy(to + 1, text.size());
    to[text.size() + 1] = '"';
    used_ += text.size() + 2;
  }
  // With its quotes, escaped where it must be.
  void add_string(std::string_view text);
  void add_number(std::uint64_t value);

 private:
  char* room(std::size_t wanted) {
    if (memory_.size() - used_ < wanted) grow(wanted);
    return memory_.data() + used_;
  }
  void grow(std::size_t wanted);

  std::string memory_;  // its size is the room that there is
  std::size_t used_ = 0;
};

}  // namespace nearfar::gateway
