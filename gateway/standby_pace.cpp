#include "gateway/standby_pace.hpp"

#include <algorithm>
#include <array>

namespace nearfar::gateway {

std::size_t last_sentence_end(std::string_view text) {
  constexpr std::array<std::string_view, 9> ends{".", "!", "?", "\n", "。", "！", "？", "…", "।"};
  std::size_t out = 0;
  for (const auto mark : ends) {
    // A full stop inside 3.5 or example.com ends nothing; one at the end of what came so far may.
    for (auto at = text.rfind(mark); at != std::string_view::npos;
         at = at == 0 ? at : text.rfind(mark, at - 1)) {
      const auto behind = at + mark.size();
      const bool in_word = mark == "." && behind < text.size() && text[behind] != ' ' && text[behind] != '\n';
      if (!in_word) {
        out = std::max(out, behind);
        break;
      }
      if (at == 0) break;
    }
  }
  return out;
}

std::optional<std::size_t> standby_pace::worth_reading(std::string_view text) const {
  const auto end = last_sentence_end(text);
  if (read_ && end <= *read_) return std::nullopt;
  return end;
}

void standby_pace::read(std::size_t bytes, moment now) {
  read_ = bytes;
  next_ = now + between;
}

}  // namespace nearfar::gateway
