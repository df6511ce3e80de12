// Texts of one event, in memory that stays where it is until the next. Sans-I/O.
#pragma once

#include <algorithm>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>

namespace nearfar::providers::openai_chat {

class text_store {
 public:
  // Forgets all; room for `most` bytes without another allocation.
  void begin(std::size_t most) {
    bytes_.clear();
    more_.clear();
    if (bytes_.capacity() < most) bytes_.reserve(std::max(most, 2 * bytes_.capacity()));
  }

  std::string_view keep(std::string_view text) {
    if (bytes_.size() + text.size() > bytes_.capacity()) return more_.emplace_back(text);
    const std::size_t at = bytes_.size();
    bytes_.append(text);
    return {bytes_.data() + at, text.size()};
  }

 private:
  std::string bytes_;
  std::list<std::string> more_;
};

}  // namespace nearfar::providers::openai_chat
