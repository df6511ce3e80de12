#include "gateway/json_line.hpp"

#include "providers/dialects/openai_chat/request_writer.hpp"

#include <algorithm>
#include <charconv>

namespace nearfar::gateway {

void json_line::add_string(std::string_view text) {
  if (providers::openai_chat::needs_no_escape(text)) return add_word(text);
  std::string escaped;
  providers::openai_chat::append_json_string(escaped, text);
  add(escaped);
}

void json_line::add_number(std::uint64_t value) {
  constexpr std::size_t longest = 20;
  char* const begin = room(longest);
  used_ += static_cast<std::size_t>(std::to_chars(begin, begin + longest, value).ptr - begin);
}

void json_line::grow(std::size_t wanted) {
  constexpr std::size_t least = 1024;
  memory_.resize(std::max({least, 2 * memory_.size(), used_ + wanted}));
}

}  // namespace nearfar::gateway
