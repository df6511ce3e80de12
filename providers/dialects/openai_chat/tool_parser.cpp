#include "providers/dialects/openai_chat/tool_parser.hpp"

#include "providers/dialects/json_fields.hpp"

namespace nearfar::providers::openai_chat {

namespace json = chat::json;
using chat::choice_mode;

namespace {

void take_strict(json_fields& from, std::optional<bool>& to, json::object& rest) {
  json::value* said = from.take("strict");
  if (said == nullptr) return;
  if (said->is_bool()) {
    to = said->as_bool();
  } else {
    rest["strict"] = std::move(*said);
  }
}

void parse_definition(json::object& from, chat::tool& to, json::object& rest) {
  json_fields fields{from};
  fields.text("name", to.name);
  if (fields.text("description", to.description) && to.description.empty()) to.spelling["description"] = "";
  if (json::value* said = fields.take("parameters")) {
    if (said->is_null()) {
      to.spelling["parameters"] = nullptr;
    } else {
      to.parameters = std::move(*said);
    }
  }
  json::object odd;
  take_strict(fields, to.strict, odd);
  if (odd.contains("strict") && odd["strict"].is_null()) {
    to.spelling["strict"] = nullptr;
    odd.clear();
  }
  fields.rest(rest);
  for (auto& each : odd) rest[each.key()] = std::move(each.value());
}

std::string name_in(const json::object& from) {
  const auto of = [](const json::object& object) -> std::string {
    const json::value* name = object.if_contains("name");
    return name != nullptr && name->is_string() ? to_text(*name) : std::string{};
  };
  for (const std::string_view word : {"function", "custom"}) {
    const json::value* inner = from.if_contains(word);
    if (inner != nullptr && inner->is_object()) return of(inner->as_object());
  }
  return of(from);
}

bool parse_allowed(const json::object& from, chat::tool_choice& to) {
  const json::value* inner = from.if_contains("allowed_tools");
  const json::object& object = inner != nullptr && inner->is_object() ? inner->as_object() : from;
  const json::value* tools = object.if_contains("tools");
  if (tools == nullptr || !tools->is_array()) return false;
  to.mode = choice_mode::allowed;
  for (const json::value& each : tools->as_array()) {
    if (!each.is_object()) return false;
    if (auto name = name_in(each.as_object()); !name.empty()) to.names.push_back(std::move(name));
  }
  const json::value* mode = object.if_contains("mode");
  to.must_call = mode != nullptr && mode->is_string() && mode->as_string() == "required";
  return true;
}

void parse_reasoning_object(const json::object& from, chat::reasoning& to) {
  for (const auto& each : from) {
    const json::value& v = each.value();
    if (each.key() == "effort" && v.is_string()) {
      to.effort = to_text(v);
    } else if ((each.key() == "max_tokens" || each.key() == "budget_tokens") && v.is_int64()) {
      to.budget = v.as_int64();
    } else if (each.key() == "exclude" && v.is_bool()) {
      to.shown = !v.as_bool();
    } else if (each.key() == "enabled" && v.is_bool()) {
      to.enabled = v.as_bool();
    } else if (each.key() == "type" && v.is_string()) {
      to.enabled = v.as_string() != "disabled";
    } else if (!v.is_null()) {
      to.extra[each.key()] = v;
    }
  }
}

}  // namespace

bool parse_tool(json::value& v, chat::tool& to) {
  json::object* object = v.if_object();
  if (object == nullptr) return false;
  const json::value* type = object->if_contains("type");
  if (type != nullptr && !type->is_string() && !type->is_null()) return false;
  const std::string word = type != nullptr && type->is_string() ? to_text(*type) : std::string{"function"};
  json::value* inner = word == "function" || word == "custom" ? object->if_contains(word) : nullptr;
  if (inner == nullptr || !inner->is_object()) {
    to.form = chat::tool_form::hosted;
    to.name = word;
    to.extra = std::move(*object);
    return true;
  }
  to.form = word == "custom" ? chat::tool_form::custom : chat::tool_form::function;
  json_fields outer{*object};
  outer.take(word);
  if (outer.take("type") == nullptr) to.spelling["no_type"] = true;
  outer.rest(to.extra);
  json::object rest;
  parse_definition(inner->as_object(), to, rest);
  if (!rest.empty()) to.extra[word] = std::move(rest);
  return true;
}

bool parse_function(json::value& v, chat::tool& to) {
  json::object* object = v.if_object();
  if (object == nullptr) return false;
  to.spelling["functions"] = true;
  parse_definition(*object, to, to.extra);
  return true;
}

bool parse_tool_choice(const json::value& v, chat::tool_choice& to) {
  if (v.is_string()) {
    const std::string_view word = v.as_string();
    if (word == "none") {
      to.mode = choice_mode::none;
    } else if (word == "required" || word == "any") {  // `any` is Mistral's
      to.mode = choice_mode::required;
    } else if (word != "auto") {
      return false;
    }
    return true;
  }
  const json::object* object = v.if_object();
  if (object == nullptr) return false;
  const json::value* type = object->if_contains("type");
  const std::string word = type != nullptr && type->is_string() ? to_text(*type) : std::string{"function"};
  if (word == "allowed_tools") return parse_allowed(*object, to);
  to.mode = choice_mode::required;
  if (auto name = name_in(*object); !name.empty()) {
    to.names.push_back(std::move(name));
  } else {
    to.extra = *object;
  }
  return true;
}

bool parse_format(const json::value& v, chat::response_format& to) {
  const json::object* object = v.if_object();
  const json::value* type = object == nullptr ? nullptr : object->if_contains("type");
  if (type == nullptr || !type->is_string()) return false;
  const std::string_view word = type->as_string();
  if (word == "text") return true;
  if (word == "json_object") {
    to.kind = chat::format_kind::json_object;
    // llama.cpp takes a schema here too.
    if (const json::value* schema = object->if_contains("schema")) to.schema = *schema;
    if (!to.schema.is_null()) to.kind = chat::format_kind::json_schema;
    return true;
  }
  if (word != "json_schema") {
    to.extra = *object;
    return true;
  }
  to.kind = chat::format_kind::json_schema;
  const json::value* inner = object->if_contains("json_schema");
  if (inner == nullptr || !inner->is_object()) return false;
  for (const auto& each : inner->as_object()) {
    if (each.key() == "name" && each.value().is_string()) {
      to.name = to_text(each.value());
    } else if (each.key() == "description" && each.value().is_string()) {
      to.description = to_text(each.value());
    } else if (each.key() == "schema") {
      to.schema = each.value();
    } else if (each.key() == "strict" && each.value().is_bool()) {
      to.strict = each.value().as_bool();
    } else if (!each.value().is_null()) {
      to.extra[each.key()] = each.value();
    }
  }
  return true;
}

bool says_effort(std::string_view name) {
  return name == "reasoning_effort" || name == "reasoning" || name == "include_reasoning" ||
         name == "thinking" || name == "enable_thinking" || name == "thinking_budget";
}

bool parse_effort(std::string_view name, const json::value& v, chat::reasoning& to) {
  if (name == "reasoning_effort") {
    if (!v.is_string()) return false;
    to.effort = to_text(v);
  } else if (name == "reasoning" || name == "thinking") {
    if (!v.is_object()) return false;
    parse_reasoning_object(v.as_object(), to);
  } else if (name == "thinking_budget") {
    if (!v.is_int64()) return false;
    to.budget = v.as_int64();
  } else {
    if (!v.is_bool()) return false;
    (name == "include_reasoning" ? to.shown : to.enabled) = v.as_bool();
  }
  return true;
}

}  // namespace nearfar::providers::openai_chat
