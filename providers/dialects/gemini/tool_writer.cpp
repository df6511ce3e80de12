#include "providers/dialects/gemini/tool_writer.hpp"

#include "providers/dialects/gemini/dom.hpp"
#include "providers/dialects/gemini/part_writer.hpp"
#include "providers/dialects/gemini/schema.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

#include <boost/json/serialize.hpp>

namespace nearfar::providers::gemini {

namespace json = boost::json;

namespace {

void append(std::string& list, const member_list& one) {
  if (list.size() > 1) list.push_back(',');
  one.write(list);
}

void schema(member_list& to, const json::value& parameters, generation takes,
            std::vector<std::string>& notes) {
  if (parameters.is_null()) return;
  if (takes != generation::before_2_5) {
    to.put("parametersJsonSchema", json::serialize(parameters));
    return;
  }
  bool changed = false;
  const auto narrowed = to_openapi(parameters, changed);
  if (changed) note(notes, "tools: a schema is rewritten to what the model knows");
  // An object without properties is refused.
  const auto* object = narrowed.if_object();
  const auto* properties = object ? object->if_contains("properties") : nullptr;
  const bool empty = object && !object->contains("anyOf") &&
                     (!properties || !properties->is_object() || properties->get_object().empty());
  if (!empty) to.put("parameters", json::serialize(narrowed));
}

member_list declaration(const chat::tool& from, const chat::chat_request& asked, generation takes,
                        std::vector<std::string>& notes) {
  member_list to;
  to.put_text("name", from.name);
  if (!from.description.empty()) to.put_text("description", from.description);
  const bool own = asked.from == config::dialect::gemini;
  if (own) {
    for (const auto& [key, v] : from.extra) to.put(dom::view(key), json::serialize(v));
  } else if (!from.extra.empty()) {
    note(notes, "tools: gemini has no place for further fields");
  }
  if (from.strict == true) note(notes, "tools: gemini has no strict");
  if (from.form == chat::tool_form::function && !to.find("parameters")) {
    schema(to, from.parameters, takes, notes);
  }
  return to;
}

std::string_view mode_of(const chat::tool_choice& choose) {
  switch (choose.mode) {
    case chat::choice_mode::automatic:
      return "AUTO";
    case chat::choice_mode::none:
      return "NONE";
    case chat::choice_mode::required:
      return "ANY";
    case chat::choice_mode::allowed:
      break;
  }
  return choose.must_call ? "ANY" : "VALIDATED";
}

}  // namespace

std::string write_tools(const chat::chat_request& asked, generation takes, std::vector<std::string>& notes) {
  std::string functions = "[";
  std::string all = "[";
  for (const auto& each : asked.tools) {
    if (each.form != chat::tool_form::hosted) append(functions, declaration(each, asked, takes, notes));
  }
  if (functions.size() > 1) {
    member_list one;
    one.put("functionDeclarations", functions.append("]"));
    append(all, one);
  }
  for (const auto& each : asked.tools) {
    if (each.form != chat::tool_form::hosted) continue;
    if (asked.from != config::dialect::gemini) {
      note(notes, "tools: a hosted one of another dialect is left out");
      continue;
    }
    member_list one;
    for (const auto& [key, v] : each.extra) one.put(dom::view(key), json::serialize(v));
    append(all, one);
  }
  return all.size() > 1 ? all.append("]") : std::string{};
}

member_list tool_config(const chat::chat_request& asked, std::vector<std::string>& notes) {
  member_list out;
  const bool own = asked.from == config::dialect::gemini;
  if (asked.choose) {
    const auto& choose = *asked.choose;
    member_list calling;
    calling.put_text("mode", mode_of(choose));
    if (!choose.names.empty()) {
      std::string names = "[";
      for (const auto& each : choose.names) {
        if (names.size() > 1) names.push_back(',');
        openai_chat::append_json_string(names, each);
      }
      calling.put("allowedFunctionNames", names.append("]"));
    }
    if (own) {
      for (const auto& [key, v] : choose.extra) {
        const bool absent = v.is_string() && v.get_string().empty();  // a mode that was not said
        if (absent) {
          calling.drop(dom::view(key));
        } else {
          calling.put(dom::view(key), json::serialize(v));
        }
      }
    } else if (!choose.extra.empty()) {
      note(notes, "tool_choice: gemini has no place for further fields");
    }
    out.put("functionCallingConfig", calling.text());
  }
  const auto* more = asked.extra.if_contains("toolConfig");
  if (own && more && more->is_object()) {
    for (const auto& [key, v] : more->get_object()) out.put(dom::view(key), json::serialize(v));
  }
  return out;
}

}  // namespace nearfar::providers::gemini
