#include "providers/dialects/openai_responses/tool_writer.hpp"

#include "providers/dialects/openai_responses/fields.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <string_view>

namespace nearfar::providers::openai_responses {

namespace json = boost::json;

namespace {

bool is_own(const chat::chat_request& of) {
  return of.from == config::dialect::openai_responses;
}

json::object write_function(const chat::tool& from, const chat::chat_request& of, notes& left_out) {
  json::object out = {{"type", "function"}, {"name", from.name}};
  if (!from.description.empty()) out["description"] = from.description;
  out["parameters"] = from.parameters.is_null() && !is_own(of)
                          ? json::value{{"type", "object"}, {"properties", json::object{}}}
                          : from.parameters;
  // Unsaid means strict here and not strict everywhere else.
  if (from.strict) {
    out["strict"] = *from.strict;
  } else if (!is_own(of)) {
    out["strict"] = false;
  }
  if (is_own(of)) {
    for (const auto& each : from.extra) out[each.key()] = each.value();
  } else if (!from.extra.empty()) {
    left_out.add("a tool's own fields of another dialect: left out");
  }
  return out;
}

// Chat has a grammar's fields one level deeper.
json::value flat_format(const json::value& from) {
  const json::object* object = from.if_object();
  const json::object* grammar = object == nullptr ? nullptr : object_at(*object, "grammar");
  if (grammar == nullptr) return from;
  json::object out = {{"type", "grammar"}};
  for (const auto& each : *grammar) out[each.key()] = each.value();
  return out;
}

json::object write_custom(const chat::tool& from, const chat::chat_request& of, notes& left_out) {
  json::object out = {{"type", "custom"}, {"name", from.name}};
  if (!from.description.empty()) out["description"] = from.description;
  for (const auto& each : from.extra) {
    if (each.key() == "format") {
      out["format"] = flat_format(each.value());
    } else if (is_own(of)) {
      out[each.key()] = each.value();
    } else {
      left_out.add("a tool's own fields of another dialect: left out");
    }
  }
  return out;
}

std::string_view type_of(const chat::chat_request& of, const std::string& name) {
  const bool custom = std::any_of(of.tools.begin(), of.tools.end(), [&](const chat::tool& each) {
    return each.form == chat::tool_form::custom && each.name == name;
  });
  return custom ? "custom" : "function";
}

json::object write_allowed(const chat::tool_choice& from, const chat::chat_request& of, bool must_call) {
  json::array list;
  for (const std::string& name : from.names) {
    list.push_back({{"type", type_of(of, name)}, {"name", name}});
  }
  return {{"type", "allowed_tools"}, {"mode", must_call ? "required" : "auto"}, {"tools", std::move(list)}};
}

}  // namespace

std::optional<json::object> write_tool(const chat::tool& from, const chat::chat_request& of,
                                       notes& left_out) {
  switch (from.form) {
    case chat::tool_form::function:
      return write_function(from, of, left_out);
    case chat::tool_form::custom:
      return write_custom(from, of, left_out);
    case chat::tool_form::hosted:
      break;
  }
  return is_own(of) ? std::optional(from.extra) : std::nullopt;
}

json::value write_choice(const chat::tool_choice& from, const chat::chat_request& of) {
  if (is_own(of) && !from.extra.empty()) return from.extra;
  switch (from.mode) {
    case chat::choice_mode::none:
      return "none";
    case chat::choice_mode::required:
      if (from.names.empty()) return "required";
      if (from.names.size() > 1) return write_allowed(from, of, true);
      return {{"type", type_of(of, from.names.front())}, {"name", from.names.front()}};
    case chat::choice_mode::allowed:
      return write_allowed(from, of, from.must_call);
    default:
      return "auto";
  }
}

json::object write_format(const chat::response_format& from, const chat::chat_request& of, notes& left_out) {
  json::object out;
  switch (from.kind) {
    case chat::format_kind::text:
      out["type"] = "text";
      break;
    case chat::format_kind::json_object:
      out["type"] = "json_object";
      break;
    case chat::format_kind::json_schema:
      out["type"] = "json_schema";
      // The vendor wants a name and a schema.
      out["name"] = from.name.empty() ? "answer" : std::string_view(from.name);
      out["schema"] = from.schema.is_null() ? json::value(json::object{}) : from.schema;
      if (!from.description.empty()) out["description"] = from.description;
      if (from.strict) out["strict"] = *from.strict;
      break;
  }
  if (is_own(of)) {
    for (const auto& each : from.extra) out[each.key()] = each.value();
  } else if (!from.extra.empty()) {
    left_out.add("the format's own fields of another dialect: left out");
  }
  return out;
}

}  // namespace nearfar::providers::openai_responses
