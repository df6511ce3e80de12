#include "config/dialect.hpp"

namespace nearfar::config {

std::optional<dialect> dialect_of(std::string_view word) {
  for (std::size_t i = 0; i < dialect_words.size(); ++i) {
    if (dialect_words[i] == word) return static_cast<dialect>(i);
  }
  return std::nullopt;
}

}  // namespace nearfar::config
