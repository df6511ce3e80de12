// Lines of a text and how long the word at a place is.
#pragma once

#include "config/model.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace nearfar::config {

// Does not own the text.
class text_index {
 public:
  explicit text_index(std::string_view text);

  // 0-based line and byte column, as yaml-cpp counts them -> 1-based, in characters.
  mark at(int line, int byte_column, int length = 1) const;
  // The same with the length of a plain word of `bytes` bytes, clipped to its line.
  mark word(int line, int byte_column, std::string_view written) const;
  // A quotation or a flow collection: to its end if that is on the same line, else to the line's end.
  // `closed` (if given) is set to whether the text ends it at all.
  mark bracketed(int line, int byte_column, bool* closed = nullptr) const;

  std::string_view line(int line) const;
  std::string_view from(int line, int byte_column) const;  // to the end of the text
  int lines() const { return static_cast<int>(starts_.size()); }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

}  // namespace nearfar::config
