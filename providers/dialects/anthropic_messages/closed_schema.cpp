#include "providers/dialects/anthropic_messages/closed_schema.hpp"

#include <boost/json.hpp>

#include <string_view>

namespace nearfar::providers::anthropic_messages {

namespace {

namespace json = boost::json;

// Their values are data, not schemas.
bool holds_data(std::string_view key) {
  return key == "enum" || key == "const" || key == "default" || key == "examples";
}

bool close_within(json::value& at, bool& changed) {
  if (auto* list = at.if_array()) {
    for (auto& each : *list) {
      if (!close_within(each, changed)) return false;
    }
    return true;
  }
  auto* object = at.if_object();
  if (object == nullptr) return true;
  const auto* type = object->if_contains("type");
  if (type != nullptr && *type == "object") {
    const auto* more = object->if_contains("additionalProperties");
    if (more != nullptr && *more != false) return false;
    if (more == nullptr) {
      object->emplace("additionalProperties", false);
      changed = true;
    }
  }
  for (auto& member : *object) {
    if (!holds_data({member.key().data(), member.key().size()}) && !close_within(member.value(), changed))
      return false;
  }
  return true;
}

}  // namespace

std::optional<closed_schema> close_schema(const json::value& of) {
  closed_schema out{of, false};
  if (!close_within(out.schema, out.changed)) return std::nullopt;
  return out;
}

}  // namespace nearfar::providers::anthropic_messages
