#include "providers/dialects/multipart.hpp"

#include "providers/http/field_text.hpp"

#include <string>

namespace nearfar::providers {

namespace {

constexpr std::size_t longest_name = 512;

routes::error wrong(const char* why) {
  auto out = routes::make_error(routes::error_kind::bad_request, why);
  out.side = routes::error_side::downstream;
  return out;
}

// The value of `key` among parameters that follow semicolons, with or without quotes.
std::string_view parameter(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const auto semicolon = text.find(';');
    if (semicolon == std::string_view::npos) return {};
    text.remove_prefix(semicolon + 1);
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    if (text.size() <= key.size() || text[key.size()] != '=' ||
        !equal_any_case(text.substr(0, key.size()), key))
      continue;
    auto value = text.substr(key.size() + 1);
    if (!value.starts_with('"')) return value.substr(0, value.find_first_of("; \t"));
    value.remove_prefix(1);
    const auto end = value.find('"');
    return end == std::string_view::npos ? std::string_view{} : value.substr(0, end);
  }
  return {};
}

bool is_model_part(std::string_view head) {
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    const auto line = head.substr(0, end);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && equal_any_case(line.substr(0, colon), "content-disposition"))
      return parameter(line, "name") == "model";
    head = end == std::string_view::npos ? std::string_view{} : head.substr(end + 2);
  }
  return false;
}

}  // namespace

std::string_view form_boundary(std::string_view content_type) {
  constexpr std::string_view form = "multipart/form-data";
  if (!equal_any_case(content_type.substr(0, form.size()), form)) return {};
  const auto found = parameter(content_type.substr(form.size()), "boundary");
  constexpr std::size_t longest = 70;
  return found.size() <= longest ? found : std::string_view{};
}

routes::result<form_scan> scan_form(std::string_view body, std::string_view boundary) {
  const std::string line = "--" + std::string(boundary);
  const std::string next = "\r\n" + line;
  std::size_t at = body.starts_with(line) ? 0 : body.find(next);
  if (at == std::string_view::npos) return wrong("the form has no part: its boundary is not in the body");
  if (at != 0) at += 2;
  form_scan out;
  for (;;) {
    at += line.size();
    if (body.substr(at).starts_with("--")) break;
    const auto head_begin = body.find("\r\n", at);
    const auto head_end =
        head_begin == std::string_view::npos ? head_begin : body.find("\r\n\r\n", head_begin);
    if (head_end == std::string_view::npos) return wrong("a part of the form has no end of its head");
    const auto content = head_end + 4;
    // An empty part's boundary begins with the line break that ends its head.
    const auto end = body.find(next, head_end + 2);
    if (end == std::string_view::npos)
      return wrong("a part of the form has no end: is the closing boundary there?");
    if (is_model_part(body.substr(head_begin + 2, head_end - head_begin - 2))) {
      if (out.model.present())
        return wrong("the form has two parts named model: servers disagree on which counts");
      if (end <= content) return wrong("the form's model is empty: name a model");
      if (end - content > longest_name) return wrong("the form's model is longer than 512 bytes");
      out.model = {content, end - content};
    }
    at = end + 2;
  }
  if (!out.model.present()) return wrong("the form has no part named model: name a model");
  return out;
}

}  // namespace nearfar::providers
