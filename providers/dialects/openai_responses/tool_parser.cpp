#include "providers/dialects/openai_responses/tool_parser.hpp"

#include "providers/dialects/openai_responses/fields.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <string_view>

namespace nearfar::providers::openai_responses {

namespace json = boost::json;

namespace {

bool is_closed(const json::object& schema) {
  const json::object* properties = object_at(schema, "properties");
  if (properties == nullptr && string_at(schema, "type") != "object") return true;
  const json::value* more = schema.if_contains("additionalProperties");
  if (more == nullptr || !more->is_bool() || more->get_bool()) return false;
  const json::array* required = array_at(schema, "required");
  const std::size_t wanted = properties == nullptr ? 0 : properties->size();
  return wanted == 0 || (required != nullptr && required->size() == wanted);
}

bool is_strict_schema(const json::value& schema, int depth) {
  constexpr int deepest = 16;
  if (depth > deepest) return false;
  if (const json::array* list = schema.if_array()) {
    return std::all_of(list->begin(), list->end(),
                       [&](const json::value& each) { return is_strict_schema(each, depth + 1); });
  }
  const json::object* object = schema.if_object();
  if (object == nullptr) return true;
  return is_closed(*object) && std::all_of(object->begin(), object->end(), [&](const auto& each) {
           return is_strict_schema(each.value(), depth + 1);
         });
}

std::optional<bool> bool_at(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  return found != nullptr && found->is_bool() ? std::optional(found->get_bool()) : std::nullopt;
}

json::value value_at(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  return found == nullptr ? json::value{} : *found;
}

// "allowed_tools" with plain names; a form that has more stays whole in `extra`.
void allowed(const json::object& from, chat::tool_choice& to) {
  to.mode = chat::choice_mode::allowed;
  to.must_call = string_at(from, "mode") == "required";
  const json::array* list = array_at(from, "tools");
  bool plain = list != nullptr;
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const json::object* each = (*list)[i].if_object();
    const std::string_view name = each == nullptr ? std::string_view{} : string_at(*each, "name");
    const std::string_view type = each == nullptr ? std::string_view{} : string_at(*each, "type");
    plain = plain && !name.empty() && (type == "function" || type == "custom");
    if (!name.empty()) to.names.emplace_back(name);
  }
  if (!plain) to.extra = from;
}

}  // namespace

std::optional<chat::tool> parse_tool(const json::value& from) {
  const json::object* object = from.if_object();
  if (object == nullptr) return std::nullopt;
  const std::string_view type = string_at(*object, "type");
  chat::tool out;
  out.name = string_at(*object, "name");
  if (type == "function") {
    if (out.name.empty()) return std::nullopt;
    out.description = string_at(*object, "description");
    out.parameters = value_at(*object, "parameters");
    out.strict = bool_at(*object, "strict");
    if (!out.strict && out.parameters.is_object() && is_strict_schema(out.parameters, 0)) out.strict = true;
    out.extra = rest_of(*object, {"type", "name", "description", "parameters", "strict"});
    return out;
  }
  if (type == "custom") {
    if (out.name.empty()) return std::nullopt;
    out.form = chat::tool_form::custom;
    out.description = string_at(*object, "description");
    out.extra = rest_of(*object, {"type", "name", "description"});
    return out;
  }
  if (type.empty()) return std::nullopt;
  out.form = chat::tool_form::hosted;
  out.name = type;
  out.extra = *object;
  return out;
}

std::optional<chat::tool_choice> parse_choice(const json::value& from) {
  chat::tool_choice out;
  if (from.is_string()) {
    const std::string_view word = from.get_string();
    if (word == "none") out.mode = chat::choice_mode::none;
    if (word == "required") out.mode = chat::choice_mode::required;
    if (word != "auto" && word != "none" && word != "required") return std::nullopt;
    return out;
  }
  const json::object* object = from.if_object();
  if (object == nullptr) return std::nullopt;
  const std::string_view type = string_at(*object, "type");
  if (type == "allowed_tools") {
    allowed(*object, out);
    return out;
  }
  if (type.empty()) return std::nullopt;
  out.mode = chat::choice_mode::required;
  const std::string_view name = string_at(*object, "name");
  if ((type == "function" || type == "custom") && !name.empty()) {
    out.names.emplace_back(name);
  } else {
    out.extra = *object;
  }
  return out;
}

std::optional<chat::response_format> parse_format(const json::object& from) {
  chat::response_format out;
  const std::string_view type = string_at(from, "type");
  if (type == "json_object") {
    out.kind = chat::format_kind::json_object;
  } else if (type == "json_schema") {
    out.kind = chat::format_kind::json_schema;
    out.name = string_at(from, "name");
    out.description = string_at(from, "description");
    out.schema = value_at(from, "schema");
    out.strict = bool_at(from, "strict");
  } else if (type != "text") {
    return std::nullopt;
  }
  out.extra = rest_of(from, {"type", "name", "description", "schema", "strict"});
  return out;
}

}  // namespace nearfar::providers::openai_responses
