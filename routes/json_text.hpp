// JSON written by hand: routes/ answers in text and in JSON and knows no library for either.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace nearfar::routes {

// With its quotes.
inline std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out += '"';
}

// `[a,b]` of what `form` makes of each.
template <class List, class Form>
std::string json_array(const List& list, const Form& form) {
  std::string out = "[";
  for (const auto& one : list) {
    if (out.size() > 1) out += ',';
    out += form(one);
  }
  return out += ']';
}

template <class List>
std::string json_strings(const List& list) {
  return json_array(list, [](const auto& one) { return json_string(one); });
}

}  // namespace nearfar::routes
