#include "config/text_index.hpp"

#include <algorithm>

namespace nearfar::config {

namespace {

int characters(std::string_view text) {
  return static_cast<int>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// Past the quotation that begins at `at`; npos when it never ends.
std::size_t end_of_quotation(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '\'' && at + 1 < text.size() && text[at + 1] == '\'') {
        ++at;
      } else {
        return at + 1;
      }
    }
  }
  return std::string_view::npos;
}

bool begins_quotation(std::string_view text, std::size_t at) {
  if (text[at] != '"' && text[at] != '\'') return false;
  const char before = text[at - 1];
  return before == ' ' || before == '[' || before == '{' || before == ',' || before == '\n';
}

std::size_t end_of_flow(std::string_view text, std::size_t at) {
  int depth = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      if (--depth == 0) return at + 1;
    } else if (begins_quotation(text, at)) {
      const auto end = end_of_quotation(text, at);
      if (end == std::string_view::npos) return end;
      at = end - 1;
    } else if (c == '#' && text[at - 1] == ' ') {
      at = std::min(text.find('\n', at), text.size()) - 1;
    }
  }
  return std::string_view::npos;
}

}  // namespace

text_index::text_index(std::string_view text) : text_(text) {
  starts_.push_back(0);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\n') starts_.push_back(at + 1);
  }
}

std::string_view text_index::line(int line) const {
  if (line < 0 || line >= lines()) return {};
  const auto start = starts_[static_cast<std::size_t>(line)];
  auto found = text_.substr(start, text_.find('\n', start) - start);
  if (found.ends_with('\r')) found.remove_suffix(1);
  return found;
}

std::string_view text_index::from(int line, int byte_column) const {
  if (line < 0 || line >= lines()) return {};
  const auto at =
      starts_[static_cast<std::size_t>(line)] + static_cast<std::size_t>(std::max(0, byte_column));
  return at < text_.size() ? text_.substr(at) : std::string_view{};
}

mark text_index::at(int line_number, int byte_column, int length) const {
  const auto before = line(line_number).substr(0, static_cast<std::size_t>(std::max(0, byte_column)));
  return {line_number + 1, characters(before) + 1, std::max(1, length)};
}

mark text_index::word(int line_number, int byte_column, std::string_view written) const {
  const auto rest =
      line(line_number)
          .substr(std::min(line(line_number).size(), static_cast<std::size_t>(std::max(0, byte_column))));
  return at(line_number, byte_column, characters(rest.substr(0, written.size())));
}

mark text_index::bracketed(int line_number, int byte_column, bool* closed) const {
  const auto rest = from(line_number, byte_column);
  if (rest.empty()) return at(line_number, byte_column);
  const bool quotation = rest.front() == '"' || rest.front() == '\'';
  const auto end = quotation ? end_of_quotation(rest, 0) : end_of_flow(rest, 0);
  if (closed != nullptr) *closed = end != std::string_view::npos;
  auto shown = rest.substr(0, std::min(end, rest.find('\n')));
  while (shown.ends_with('\r') || shown.ends_with(' ')) shown.remove_suffix(1);
  return at(line_number, byte_column, characters(shown));
}

}  // namespace nearfar::config
