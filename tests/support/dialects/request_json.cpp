#include "tests/support/dialects/request_json.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace nearfar::support {

std::optional<json::object> parsed_object(std::string_view text) {
  boost::system::error_code ec;
  auto value = json::parse(text, ec);
  if (ec || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

const json::object* object_member(const json::object& from, std::string_view name) {
  const auto* v = from.if_contains(name);
  return v == nullptr ? nullptr : v->if_object();
}

const json::array* array_member(const json::object& from, std::string_view name) {
  const auto* v = from.if_contains(name);
  return v == nullptr ? nullptr : v->if_array();
}

std::string_view text_member(const json::object& from, std::string_view name) {
  const auto* v = from.if_contains(name);
  const auto* s = v == nullptr ? nullptr : v->if_string();
  return s == nullptr ? std::string_view{} : view(*s);
}

bool flag_member(const json::object& from, std::string_view name) {
  const auto* v = from.if_contains(name);
  const bool* b = v == nullptr ? nullptr : v->if_bool();
  return b != nullptr && *b;
}

std::uint64_t count_member(const json::object& from, std::string_view name) {
  const auto* v = from.if_contains(name);
  if (v == nullptr || !v->is_number()) return 0;
  boost::system::error_code ec;
  const auto count = v->to_number<std::uint64_t>(ec);
  return ec ? 0 : count;
}

bool given(const json::object& from, std::string_view name) {
  const auto* v = from.if_contains(name);
  return v != nullptr && !v->is_null();
}

std::string_view unknown_name(const json::object& in, known_names known) {
  for (const auto& member : in) {
    const std::string_view name(member.key().data(), member.key().size());
    if (!one_of(name, known)) return name;
  }
  return {};
}

bool one_of(std::string_view word, known_names words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool plain_identifier(std::string_view text, std::size_t longest) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), good);
}

std::string_view view(const json::string& s) {
  return {s.data(), s.size()};
}

void collect_texts(const json::value& in, std::string& out) {
  if (const auto* s = in.if_string()) {
    out += view(*s);
    out += '\n';
  } else if (const auto* list = in.if_array()) {
    for (const auto& v : *list) collect_texts(v, out);
  } else if (const auto* o = in.if_object()) {
    for (const auto& member : *o) collect_texts(member.value(), out);
  }
}

bool closed_schema(const json::value& schema) {
  if (const auto* list = schema.if_array()) {
    return std::all_of(list->begin(), list->end(), closed_schema);
  }
  const auto* o = schema.if_object();
  if (o == nullptr) return true;
  if (text_member(*o, "type") == "object") {
    const auto* more = o->if_contains("additionalProperties");
    if (more == nullptr || !more->is_bool() || more->get_bool()) return false;
  }
  return std::all_of(o->begin(), o->end(), [](const auto& member) { return closed_schema(member.value()); });
}

}  // namespace nearfar::support
