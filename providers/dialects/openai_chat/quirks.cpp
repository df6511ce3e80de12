#include "providers/dialects/openai_chat/quirks.hpp"

#include "providers/dialects/openai_chat/effort_quirks.hpp"
#include "providers/dialects/openai_chat/message_quirks.hpp"
#include "providers/dialects/openai_chat/schema_quirks.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>

namespace nearfar::providers::openai_chat {

namespace json = boost::json;
using config::limit_field;
using config::structured_output;

namespace {

bool knows(const config::quirks& by, std::string_view word) {
  return std::find(by.tool_choice.begin(), by.tool_choice.end(), word) != by.tool_choice.end();
}

void rename(json::object& body, std::string_view from, std::string_view to) {
  const auto at = body.find(from);
  if (at == body.end()) return;
  json::value v = std::move(at->value());
  body.stable_erase(at);
  if (!v.is_null() || !body.contains(to)) body[to] = std::move(v);
}

void stops(json::object& body, const config::quirks& by, notes& said) {
  json::value* v = body.if_contains("stop");
  if (by.most_stops == 0 || v == nullptr || !v->is_array() || v->as_array().size() <= by.most_stops) return;
  v->as_array().resize(by.most_stops);
  add_note(said, "stop: this target takes fewer words, those behind are left out");
}

void fields(json::object& body, const config::quirks& by, notes& said) {
  if (by.limit == limit_field::max_tokens) rename(body, "max_completion_tokens", "max_tokens");
  if (by.limit == limit_field::max_completion_tokens) {
    // The newer one is the client's word where it has sent both.
    const json::value* newer = body.if_contains("max_completion_tokens");
    if (newer != nullptr && !newer->is_null()) {
      body.erase("max_tokens");
    } else {
      rename(body, "max_tokens", "max_completion_tokens");
    }
  }
  for (const auto& [from, to] : by.rename) rename(body, from, to);
  for (const std::string& each : by.drop) {
    const auto at = body.find(each);
    if (at == body.end()) continue;
    if (!at->value().is_null()) add_note(said, each + ": this target refuses it");
    body.stable_erase(at);
  }
  stops(body, by, said);
  for (const auto& [name, range] : by.clamp) {
    json::value* v = body.if_contains(name);
    if (v == nullptr || !v->is_number()) continue;
    const double was = v->to_number<double>();
    const double now = std::clamp(was, range.low, std::max(range.low, range.high));
    if (now == was) continue;
    *v = now;
    add_note(said, name + ": brought into this target's range");
  }
}

std::string name_in(const json::value& v) {
  const json::object* object = v.if_object();
  if (object == nullptr) return {};
  for (const std::string_view word : {"function", "custom"}) {
    const json::value* inner = object->if_contains(word);
    if (inner != nullptr && inner->is_object()) object = &inner->as_object();
  }
  const json::value* name = object->if_contains("name");
  return name != nullptr && name->is_string() ? std::string(name->as_string()) : std::string{};
}

void keep_tools(json::object& body, const std::vector<std::string>& names) {
  json::value* tools = body.if_contains("tools");
  if (tools == nullptr || !tools->is_array()) return;
  json::array kept;
  for (json::value& each : tools->as_array()) {
    if (std::find(names.begin(), names.end(), name_in(each)) != names.end()) kept.push_back(std::move(each));
  }
  *tools = std::move(kept);
}

// `allowed_tools` and named tools, where the target knows only the words.
void choice_object(json::object& body, const config::quirks& by, notes& said) {
  const json::object object = body["tool_choice"].as_object();
  const json::value* allowed = object.if_contains("allowed_tools");
  std::vector<std::string> names;
  bool must = true;
  if (allowed != nullptr && allowed->is_object()) {
    if (knows(by, "allowed")) return;
    const json::value* tools = allowed->as_object().if_contains("tools");
    const json::value* mode = allowed->as_object().if_contains("mode");
    if (tools != nullptr && tools->is_array()) {
      for (const json::value& each : tools->as_array()) names.push_back(name_in(each));
    }
    must = mode != nullptr && mode->is_string() && mode->as_string() == "required";
  } else {
    if (knows(by, "named")) return;
    names.push_back(name_in(object));
  }
  keep_tools(body, names);
  body["tool_choice"] = must ? "required" : "auto";
  add_note(said, "tool_choice: the other tools are left out instead");
}

void choice(json::object& body, const config::quirks& by, notes& said) {
  if (const auto* v = body.if_contains("tool_choice"); v != nullptr && v->is_object())
    choice_object(body, by, said);
  json::value* v = body.if_contains("tool_choice");
  if (v == nullptr || !v->is_string()) return;
  std::string word(v->as_string());
  if (word == "any") word = "required";
  if (word == "required") {
    if (knows(by, "required")) {
      *v = by.required_word.empty() ? word : by.required_word;
      return;
    }
    add_note(said, "tool_choice: this target cannot be made to call");
    *v = word = "auto";
  } else if (word == "none" && !knows(by, "none")) {
    add_note(said, "tool_choice: the tools are left out, this target does not know none");
    body.erase("tools");
    body.erase("tool_choice");
    body.erase("parallel_tool_calls");
    return;
  }
  if (word == "auto" && !knows(by, "auto")) body.erase("tool_choice");
}

void schemas(json::object& body) {
  json::value* tools = body.if_contains("tools");
  if (tools == nullptr || !tools->is_array()) return;
  for (json::value& each : tools->as_array()) {
    json::value* function = each.is_object() ? each.as_object().if_contains("function") : nullptr;
    if (function == nullptr || !function->is_object()) continue;
    narrow_schema(function->as_object()["parameters"]);
  }
}

void structured(json::object& body, const config::quirks& by, notes& said) {
  if (by.structured == structured_output::json_schema) return;
  json::value* v = body.if_contains("response_format");
  const json::object* format = v == nullptr ? nullptr : v->if_object();
  const json::value* type = format == nullptr ? nullptr : format->if_contains("type");
  if (type == nullptr || !type->is_string() || type->as_string() == "text") return;
  const bool schema = type->as_string() == "json_schema";
  if (!schema && by.structured == structured_output::json_object) return;
  // JSON mode wants the word in the prompt too (DeepSeek, Qwen).
  std::string ask = "Answer with one JSON object and nothing else.";
  const json::value* inner = schema ? format->if_contains("json_schema") : nullptr;
  if (inner != nullptr && inner->is_object()) {
    if (const json::value* shape = inner->as_object().if_contains("schema"))
      ask += " It must fit this JSON Schema: " + json::serialize(*shape);
  }
  if (by.structured == structured_output::json_object) {
    *v = json::object{{"type", "json_object"}};
  } else {
    body.erase("response_format");
  }
  json::value* messages = body.if_contains("messages");
  if (messages != nullptr && messages->is_array()) add_system_text(messages->as_array(), ask);
  add_note(said, "response_format: asked for in the system text, this target cannot be held to it");
}

bool choice_applies(request_signs::choice asked, const config::quirks& by) {
  using kind = request_signs::choice;
  switch (asked) {
    case kind::absent:
      return false;
    case kind::automatic:
      return !knows(by, "auto");
    case kind::none:
      return !knows(by, "none");
    case kind::required:
      return !knows(by, "required") || !by.required_word.empty();
    case kind::named:
    case kind::other:
      return !knows(by, "named");
    case kind::allowed:
      return !knows(by, "allowed");
  }
  return true;
}

// Of an array of strings, as the request has it.
std::size_t length_of_list(std::string_view list) {
  std::size_t quotes = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] == '\\')
      ++i;
    else if (list[i] == '"')
      ++quotes;
  }
  return quotes / 2;
}

// By the lists that a preset writes.
bool is_listed(std::string_view name, std::string_view value, const config::quirks& by) {
  const auto is = [&](const auto& pair) { return pair.first == name; };
  if (std::find(by.drop.begin(), by.drop.end(), name) != by.drop.end()) return true;
  if (std::any_of(by.rename.begin(), by.rename.end(), is)) return true;
  const auto range = std::find_if(by.clamp.begin(), by.clamp.end(), is);
  if (range == by.clamp.end()) return false;
  double v = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), v);
  return read.ec == std::errc{} && (v < range->second.low || v > range->second.high);
}

bool member_applies(const member& each, std::string_view body, const config::quirks& by) {
  const std::string_view name = each.name;
  if (name == "max_tokens" && by.limit == limit_field::max_completion_tokens) return true;
  if (name == "max_completion_tokens" && by.limit == limit_field::max_tokens) return true;
  const auto value = body.substr(each.value.offset, each.value.length);
  if (name == "stop" && by.most_stops != 0 && value.starts_with('[') && length_of_list(value) > by.most_stops)
    return true;
  return effort_applies(name, by);
}

bool messages_apply(const request_signs& signs, const config::quirks& by) {
  const bool forgets =
      by.replay == config::reasoning_replay::never || by.reasoning == config::reasoning_field::none;
  const bool moves = by.reasoning == config::reasoning_field::reasoning ||
                     by.reasoning == config::reasoning_field::think_tags;
  return (by.system_only && signs.developer) || (by.system_first && signs.late_system) ||
         (by.text_only && signs.part_lists) || (by.empty_for_null && signs.null_content) ||
         (by.alternate && (signs.turns_repeat || (by.system_first && signs.late_system))) ||
         (by.no_names && signs.names) || (by.nine_letter_ids && (signs.calls || signs.results)) ||
         ((by.tool_names || by.turn_after_results) && signs.results) ||
         ((forgets || moves) && signs.reasoning) || (forgets && signs.part_lists) ||
         (by.replay == config::reasoning_replay::on_calls && signs.calls);
}

}  // namespace

bool needs_adapting(const request_view& of, const config::quirks& by) {
  const request_signs& signs = of.signs;
  if (messages_apply(signs, by) || choice_applies(signs.tool_choice, by)) return true;
  if (by.object_root && of.facts.tools) return true;
  using format = request_signs::format;
  if (by.structured != structured_output::json_schema && signs.wanted == format::json_schema) return true;
  if (by.structured == structured_output::none && signs.wanted != format::text) return true;
  // Most presets list nothing.
  const bool lists = !by.drop.empty() || !by.rename.empty() || !by.clamp.empty();
  return std::any_of(of.members.begin(), of.members.end(), [&](const member& each) {
    return member_applies(each, of.body, by) ||
           (lists && is_listed(each.name, of.body.substr(each.value.offset, each.value.length), by));
  });
}

void adapt(json::object& body, const config::quirks& by, notes& said) {
  adapt_effort(body, by, said);
  choice(body, by, said);
  if (by.object_root) schemas(body);
  structured(body, by, said);
  if (json::value* messages = body.if_contains("messages"); messages != nullptr && messages->is_array())
    adapt_messages(messages->as_array(), by, said);
  fields(body, by, said);
}

}  // namespace nearfar::providers::openai_chat
