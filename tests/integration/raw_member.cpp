#include "tests/integration/raw_member.hpp"

namespace nearfar::tests {
namespace {

constexpr std::string_view space = " \t\r\n";

std::size_t skip_space(std::string_view text, std::size_t at) {
  const auto found = text.find_first_not_of(space, at);
  return found == std::string_view::npos ? text.size() : found;
}

// Behind the closing quotation mark of the string that begins at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

std::size_t end_of_value(std::string_view text, std::size_t at) {
  if (text[at] == '"') return end_of_string(text, at);
  if (text[at] != '{' && text[at] != '[') {
    const auto found = text.find_first_of(",]} \t\r\n", at);
    return found == std::string_view::npos ? text.size() : found;
  }
  for (std::size_t depth = 0; at < text.size(); ++at) {
    if (text[at] == '"') {
      at = end_of_string(text, at) - 1;
      continue;
    }
    if (text[at] == '{' || text[at] == '[') ++depth;
    if ((text[at] == '}' || text[at] == ']') && --depth == 0) return at + 1;
  }
  return text.size();
}

}  // namespace

std::string_view raw_member(std::string_view object, std::string_view name) {
  auto at = skip_space(object, skip_space(object, 0) + 1);
  while (at < object.size() && object[at] == '"') {
    const auto name_end = end_of_string(object, at);
    const auto found = object.substr(at + 1, name_end - at - 2);
    at = skip_space(object, skip_space(object, name_end) + 1);
    const auto end = end_of_value(object, at);
    if (found == name) return object.substr(at, end - at);
    at = skip_space(object, skip_space(object, end) + 1);
  }
  return {};
}

std::vector<std::string_view> raw_elements(std::string_view array) {
  std::vector<std::string_view> out;
  auto at = skip_space(array, skip_space(array, 0) + 1);
  while (at < array.size() && array[at] != ']') {
    const auto end = end_of_value(array, at);
    out.push_back(array.substr(at, end - at));
    at = skip_space(array, end);
    if (at < array.size() && array[at] == ',') at = skip_space(array, at + 1);
  }
  return out;
}

}  // namespace nearfar::tests
