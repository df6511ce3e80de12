#include "providers/dialects/openai_chat/reasoning_parser.hpp"

#include "providers/dialects/signature.hpp"

#include <algorithm>
#include <array>

namespace nearfar::providers::openai_chat {

namespace json = chat::json;
using config::dialect;

namespace {

bool has_text(const json::value& detail) {
  const auto* object = detail.if_object();
  if (object == nullptr) return false;
  for (const std::string_view key : {"text", "summary"}) {
    const auto* text = object->if_contains(key);
    if (text != nullptr && text->is_string() && !text->as_string().empty()) return true;
  }
  return false;
}

bool all_objects(const json::array& list) {
  return std::all_of(list.begin(), list.end(), [](const json::value& v) { return v.is_object(); });
}

// Empty strings stay in the form: "" and absent are not the same to every vendor.
bool take_filled(json::object& from, std::string_view key, std::string& to) {
  const auto at = from.find(key);
  if (at == from.end() || !at->value().is_string() || at->value().as_string().empty()) return false;
  to = to_text(at->value());
  from.stable_erase(at);
  return true;
}

void parse_detail(json::object& from, std::vector<chat::part>& to) {
  chat::part& part = to.emplace_back();
  part.kind = chat::part_kind::thinking;
  std::string type;
  if (const auto* said = from.if_contains("type"); said != nullptr && said->is_string())
    type = to_text(*said);
  if (!type.empty() && type != "reasoning.text" && type != "reasoning.summary" &&
      type != "reasoning.encrypted") {
    part.kind = chat::part_kind::opaque;
    part.extra = std::move(from);
    part.spelling["detail"] = json::object{};
    return;
  }
  std::string signature;
  if (type == "reasoning.encrypted") {
    part.redacted = take_filled(from, "data", signature);
  } else {
    take_filled(from, type == "reasoning.summary" ? "summary" : "text", part.text);
    take_filled(from, "signature", signature);
  }
  if (!signature.empty()) take_signature(signature, chat::issuer_of(dialect::openai_chat), part);
  part.spelling["detail"] = std::move(from);
}

bool is_given_to_call(const chat::part& part, std::vector<chat::part>& parts) {
  const auto* detail = part.spelling.if_contains("detail");
  const bool ours = part.kind == chat::part_kind::thinking && part.redacted &&
                    part.spelling.contains("marked") && detail != nullptr && detail->is_object();
  const auto* id = ours ? detail->as_object().if_contains("id") : nullptr;
  if (id == nullptr || !id->is_string() || id->as_string().empty()) return false;
  const std::string_view name = id->as_string();
  const auto call = std::find_if(parts.begin(), parts.end(), [&](const chat::part& each) {
    return each.kind == chat::part_kind::tool_call && each.id == name;
  });
  if (call == parts.end()) return false;
  if (!call->signature.empty()) return call->signature == part.signature;
  call->signature = part.signature;
  call->issuer = part.issuer;
  call->spelling["marked"] = true;
  return true;
}

}  // namespace

void take_signature(std::string_view text, std::string_view otherwise, chat::part& to) {
  const auto issued = chat::take_issuer(text);
  to.signature = issued.signature;
  to.issuer = issued.issuer.empty() ? otherwise : issued.issuer;
  if (!issued.issuer.empty()) to.spelling["marked"] = true;
}

void parse_reasoning(json_fields& from, std::vector<chat::part>& to, json::object& spelling,
                     json::object& extra) {
  json::value* details = from.take("reasoning_details");
  json::array* list = details == nullptr ? nullptr : details->if_array();
  const bool usable = list != nullptr && !list->empty() && all_objects(*list);
  bool known = usable && std::any_of(list->begin(), list->end(), has_text);
  for (const std::string_view name : {"reasoning_content", "reasoning"}) {
    json::value* said = from.take(name);
    if (said == nullptr) continue;
    if (!said->is_string()) {
      (said->is_null() ? spelling : extra)[name] = std::move(*said);
    } else if (known) {
      spelling[name] = std::move(*said);
    } else {
      chat::part& part = to.emplace_back();
      part.kind = chat::part_kind::thinking;
      part.text = to_text(*said);
      part.spelling["field"] = name;
      known = true;
    }
  }
  if (usable) {
    for (json::value& each : *list) parse_detail(each.as_object(), to);
  } else if (details != nullptr) {
    const bool nothing = details->is_null() || (list != nullptr && list->empty());
    (nothing ? spelling : extra)["reasoning_details"] = std::move(*details);
  }
}

void give_signatures_to_calls(std::vector<chat::part>& parts) {
  for (std::size_t i = 0; i < parts.size();) {
    if (is_given_to_call(parts[i], parts)) {
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
}

void parse_thinking_list(json::object& from, chat::part& to) {
  to.kind = chat::part_kind::thinking;
  json_fields fields{from};
  if (json::value* said = fields.take("thinking")) {
    if (const auto* list = said->if_array()) {
      for (const json::value& each : *list) {
        const auto* object = each.if_object();
        const auto* text = object == nullptr ? nullptr : object->if_contains("text");
        if (text != nullptr && text->is_string()) to.text += to_text(*text);
      }
    } else if (said->is_string()) {
      to.text = to_text(*said);
    }
    to.spelling["thinking"] = std::move(*said);
  }
  std::string signature;
  fields.take("type");
  if (fields.text("signature", signature) && !signature.empty()) {
    take_signature(signature, chat::issuer_of(dialect::openai_chat), to);
  }
  fields.rest(to.extra);
}

void parse_extra_content(json_fields& from, chat::part& to) {
  json::value* said = from.take("extra_content");
  if (said == nullptr) return;
  bool found = false;
  if (const auto* object = said->if_object()) {
    for (const std::string_view vendor : {"google", "vertex"}) {
      const auto* inner = object->if_contains(vendor);
      const auto* signature = inner != nullptr && inner->is_object()
                                  ? inner->as_object().if_contains("thought_signature")
                                  : nullptr;
      if (signature == nullptr || !signature->is_string() || found) continue;
      take_signature(to_text(*signature), chat::issuer_of(dialect::gemini), to);
      found = true;
    }
  }
  (found ? to.spelling : to.extra)["extra_content"] = std::move(*said);
}

}  // namespace nearfar::providers::openai_chat
