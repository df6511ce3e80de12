#include "providers/dialects/openai_chat/schema_quirks.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace nearfar::providers::openai_chat {

namespace json = boost::json;

namespace {

void narrow(json::value& v);

void narrow_each(json::object& of) {
  for (auto& each : of) narrow(each.value());
}

// `properties` and its like map a client's names to schemas: a property may be called `items`.
bool maps_names(std::string_view key) {
  return key == "properties" || key == "patternProperties" || key == "$defs" || key == "definitions" ||
         key == "dependentSchemas";
}

// Data, and no schema.
bool is_data(std::string_view key) {
  return key == "enum" || key == "const" || key == "default" || key == "examples" || key == "required";
}

void narrow_object(json::object& schema) {
  if (const auto items = schema.find("items"); items != schema.end() && items->value().is_array()) {
    json::value tuple = std::move(items->value());
    schema.stable_erase(items);
    schema["prefixItems"] = std::move(tuple);
  }
  const json::value* type = schema.if_contains("type");
  json::value* branches = schema.if_contains("anyOf");
  if (type != nullptr && branches != nullptr && branches->is_array()) {
    for (json::value& each : branches->as_array()) {
      if (each.is_object() && !each.as_object().contains("type") && !each.as_object().contains("$ref"))
        each.as_object()["type"] = *type;
    }
    schema.stable_erase(schema.find("type"));
  }
  for (auto& each : schema) {
    if (is_data(each.key())) continue;
    if (maps_names(each.key()) && each.value().is_object()) {
      narrow_each(each.value().as_object());
    } else {
      narrow(each.value());
    }
  }
}

void narrow(json::value& v) {
  if (v.is_object()) {
    narrow_object(v.as_object());
  } else if (v.is_array()) {
    for (json::value& each : v.as_array()) narrow(each);
  }
}

}  // namespace

void narrow_schema(json::value& root) {
  narrow(root);
  if (!root.is_object()) root = json::object{};
  json::object& object = root.as_object();
  const json::value* type = object.if_contains("type");
  if (type == nullptr || !type->is_string() || type->as_string() != "object") object["type"] = "object";
  if (!object.contains("properties")) object["properties"] = json::object{};
}

}  // namespace nearfar::providers::openai_chat
