#include "providers/dialects/anthropic_messages/json_text.hpp"

#include "providers/dialects/openai_chat/request_writer.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <cmath>

namespace nearfar::providers::anthropic_messages {

using openai_chat::append_json_string;

namespace {

void append_number(std::string& to, double number) {
  if (!std::isfinite(number)) number = number > 0 ? 1.7976931348623157e308 : -1.7976931348623157e308;
  const std::string text = fmt::format("{}", number);
  to.append(text);
  if (text.find_first_of(".e") == std::string::npos) to.append(".0");
}

void append_array(std::string& to, const json::array& list) {
  to.push_back('[');
  bool first = true;
  for (const json::value& each : list) {
    if (!first) to.push_back(',');
    first = false;
    append_json(to, each);
  }
  to.push_back(']');
}

}  // namespace

void append_json(std::string& to, const json::object& o) {
  to.push_back('{');
  for (const auto& each : o) {
    append_key(to, each.key());
    append_json(to, each.value());
  }
  to.push_back('}');
}

void append_json(std::string& to, const json::value& v) {
  switch (v.kind()) {
    case json::kind::object:
      return append_json(to, v.get_object());
    case json::kind::array:
      return append_array(to, v.get_array());
    case json::kind::string:
      return append_json_string(to, view(v.get_string()));
    case json::kind::double_:
      return append_number(to, v.get_double());
    case json::kind::int64:
      to.append(std::to_string(v.get_int64()));
      return;
    case json::kind::uint64:
      to.append(std::to_string(v.get_uint64()));
      return;
    case json::kind::bool_:
      to.append(v.get_bool() ? "true" : "false");
      return;
    case json::kind::null:
      to.append("null");
      return;
  }
}

std::string to_json(const json::value& v) {
  std::string text;
  append_json(text, v);
  return text;
}

std::optional<json::value> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = 64;
  options.numbers = json::number_precision::precise;
  boost::system::error_code failed;
  json::value v = json::parse({text.data(), text.size()}, failed, {}, options);
  if (failed) return std::nullopt;
  return v;
}

const json::object* object_in(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  return found ? found->if_object() : nullptr;
}

const json::array* array_in(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  return found ? found->if_array() : nullptr;
}

const json::string* string_in(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  return found ? found->if_string() : nullptr;
}

void append_key(std::string& to, std::string_view name) {
  if (!to.empty() && to.back() != '{') to.push_back(',');
  append_json_string(to, name);
  to.push_back(':');
}

void append_member(std::string& to, std::string_view name, std::string_view text) {
  append_key(to, name);
  append_json_string(to, text);
}

}  // namespace nearfar::providers::anthropic_messages
