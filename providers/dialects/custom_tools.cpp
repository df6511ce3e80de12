#include "providers/dialects/custom_tools.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>

namespace nearfar::providers {

namespace json = boost::json;

namespace {

bool is_custom(const chat::tool& each) {
  return each.form == chat::tool_form::custom;
}

bool is_custom(const chat::part& each) {
  return each.form == chat::call_form::custom;
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view text_at(const json::object& from, std::string_view key) {
  const json::value* v = from.if_contains(key);
  return v != nullptr && v->is_string() ? std::string_view{v->as_string()} : std::string_view{};
}

json::value schema() {
  return json::object{{"type", "object"},
                      {"properties", json::object{{free_text_parameter, json::object{{"type", "string"}}}}},
                      {"required", json::array{free_text_parameter}}};
}

void append_paragraph(std::string& to, std::string_view text) {
  if (!to.empty()) to.append("\n\n");
  to.append(text);
}

// A grammar's fields stand in the format itself (Responses) or one level deeper (Chat).
void describe_format(std::string& to, const json::value& format) {
  const json::object* object = format.if_object();
  if (object == nullptr) return;
  const json::value* deeper = object->if_contains("grammar");
  if (deeper != nullptr && deeper->is_object()) object = &deeper->as_object();
  const auto definition = text_at(*object, "definition");
  if (definition.empty()) return;
  append_paragraph(to, "That text must follow this grammar");
  if (const auto syntax = text_at(*object, "syntax"); !syntax.empty())
    to.append(" (").append(syntax).append(")");
  to.append(":\n").append(definition);
}

// The member that Chat nests a tool's and a call's own fields in.
void rename_nested(json::object& extra) {
  const auto at = extra.find("custom");
  if (at == extra.end()) return;
  json::value inner = std::move(at->value());
  extra.stable_erase(at);
  if (!inner.is_object() || !inner.as_object().empty()) extra["function"] = std::move(inner);
}

json::value take_format(json::object& extra) {
  json::object* in = &extra;
  if (json::value* nested = extra.if_contains("custom"); nested != nullptr && nested->is_object())
    in = &nested->as_object();
  const auto at = in->find("format");
  if (at == in->end()) return {};
  json::value out = std::move(at->value());
  in->stable_erase(at);
  return out;
}

void change(chat::tool& one) {
  one.form = chat::tool_form::function;
  one.parameters = schema();
  one.strict.reset();
  append_paragraph(one.description, "The parameter `input` is this tool's free text, whole and as it is.");
  describe_format(one.description, take_format(one.extra));
  rename_nested(one.extra);
  one.spelling.clear();
}

void change(chat::part& one) {
  one.form = chat::call_form::function;
  if (one.kind == chat::part_kind::tool_call) {
    std::string object = "{\"";
    object.append(free_text_parameter).append("\":");
    object.append(json::serialize(json::string(one.text))).append("}");
    one.text = std::move(object);
  }
  // It tells what kind of item it was (`ctc_…`).
  one.item_id.clear();
  rename_nested(one.extra);
  one.spelling.clear();
}

void change(chat::chat_request& of, const std::vector<std::string>& names) {
  auto& choose = *of.choose;
  const auto named = [&](const std::string& name) { return has(names, name); };
  if (std::none_of(choose.names.begin(), choose.names.end(), named)) return;
  of.spelling.erase("tool_choice");
  json::value* tools = choose.extra.if_contains("tools");
  if (tools == nullptr || !tools->is_array()) return;
  for (json::value& each : tools->as_array()) {
    json::object* tool = each.if_object();
    if (tool != nullptr && text_at(*tool, "type") == "custom") (*tool)["type"] = "function";
  }
}

}  // namespace

bool knows_custom_tools(config::dialect speaks, const config::quirks* of) {
  const bool has_them = speaks == config::dialect::openai_chat || speaks == config::dialect::openai_responses;
  return has_them && (of == nullptr || of->custom_tools);
}

std::vector<std::string> custom_tool_names(const chat::chat_request& of) {
  std::vector<std::string> out;
  for (const chat::tool& each : of.tools) {
    if (is_custom(each)) out.push_back(each.name);
  }
  return out;
}

bool any_custom_tools(const chat::chat_request& asked) {
  return std::any_of(asked.tools.begin(), asked.tools.end(),
                     [](const chat::tool& each) { return is_custom(each); }) ||
         std::any_of(asked.messages.begin(), asked.messages.end(), [](const chat::message& turn) {
           return std::any_of(turn.parts.begin(), turn.parts.end(),
                              [](const chat::part& each) { return is_custom(each); });
         });
}

void custom_tools_as_functions(chat::chat_request& asked) {
  const auto names = custom_tool_names(asked);
  for (chat::tool& each : asked.tools) {
    if (is_custom(each)) change(each);
  }
  for (chat::message& turn : asked.messages) {
    for (chat::part& each : turn.parts) {
      if (is_custom(each)) change(each);
    }
  }
  if (asked.choose) change(asked, names);
}

}  // namespace nearfar::providers
