// `hold_back: N words`: keeps the last words of a stream back, so that a break leaves room for the seam:
// what is held is thrown away then, and the next target says it anew. Sans-I/O.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nearfar::providers::handover {

// It begins after the first clause, or the first eight words, so that it never delays the start. In
// scripts without spaces two characters are a word. A run that ends in no word boundary is held to 64
// bytes a word and no further.
class hold_back {
 public:
  explicit hold_back(unsigned words) : words_(words) {}

  // Appends to `out` what may go now; it ends before the white space of the first word held. Whole
  // characters in, whole characters out. Linear in the delta and what is held.
  void feed(std::string_view delta, std::string& out);
  // The answer is whole: the rest.
  void flush(std::string& out);
  // The stream broke: the held words are nobody's.
  void drop() { held_.clear(); }

  std::string_view held() const { return held_; }

 private:
  bool started(std::string_view delta);
  std::size_t room() const;

  unsigned words_;
  bool begun_ = false;
  std::size_t words_gone_ = 0;  // in text_shape's weight, before it begins
  std::string held_;
};

}  // namespace nearfar::providers::handover
