#include "providers/dialects/anthropic_messages/tool_writer.hpp"

#include "providers/dialects/anthropic_messages/block_writer.hpp"
#include "providers/dialects/anthropic_messages/json_text.hpp"

#include <boost/json.hpp>

namespace nearfar::providers::anthropic_messages {
namespace {

using chat::choice_mode;

// The root must be an object, and say so.
void append_schema(std::string& to, const json::value& schema, writing& work) {
  const json::object* object = schema.if_object();
  const json::string* type = object ? string_in(*object, "type") : nullptr;
  if (work.own && object) return append_json(to, *object);
  if (!object || object->empty()) {
    to.append("{\"type\":\"object\",\"properties\":{}}");
    return;
  }
  if (type && *type == "object") return append_json(to, *object);
  json::object rooted = *object;
  rooted["type"] = "object";
  append_json(to, rooted);
}

std::string write_tool(const chat::tool& from, writing& work) {
  std::string to;
  if (from.form == chat::tool_form::hosted) {
    if (work.own) {
      append_json(to, from.extra);
    } else {
      work.note("a hosted tool of another dialect: left out");
    }
    return to;
  }
  to = "{";
  append_member(to, "name", from.name);
  if (!from.description.empty()) append_member(to, "description", from.description);
  if (!work.own || !from.parameters.is_null()) {
    append_key(to, "input_schema");
    append_schema(to, from.parameters, work);
  }
  if (from.strict && (work.own || *from.strict)) {
    to.append(*from.strict ? ",\"strict\":true" : ",\"strict\":false");
  }
  append_extra(to, from.extra, work, "tool");
  to.push_back('}');
  return to;
}

bool names(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool knows(const write_options& how, std::string_view word) {
  return !how.quirks || names(how.quirks->tool_choice, word);
}

// What is asked for, in what the target knows.
struct choice {
  std::string_view type;  // empty: none is written
  std::string name;
  const std::vector<std::string>* only = nullptr;  // tools that stay, null: all
};

choice choose(writing& work) {
  const chat::tool_choice& asked = *work.asked.choose;
  choice out;
  bool must = false;
  if (asked.mode == choice_mode::none) {
    out.type = "none";
    if (knows(work.how, "none")) return out;
    work.note("tool_choice none: the target has none, the tools are left out");
    static const std::vector<std::string> nothing;
    return {.type = {}, .name = {}, .only = &nothing};
  }
  if (asked.mode == choice_mode::allowed) {
    out.only = &asked.names;
    must = asked.must_call;
  } else if (asked.mode == choice_mode::required) {
    must = true;
    if (asked.names.size() == 1 && knows(work.how, "named")) {
      out.type = "tool";
      out.name = asked.names.front();
      return out;
    }
    if (!asked.names.empty()) out.only = &asked.names;
  }
  out.type = must ? "any" : "auto";
  if (must && !knows(work.how, "required")) {
    work.note("tool_choice required: the target has none, it may answer without a call");
    out.type = "auto";
  }
  return out;
}

std::string choice_text(writing& work, const choice& made) {
  const chat::chat_request& asked = work.asked;
  const bool one = asked.parallel_calls && !*asked.parallel_calls;
  const bool said = one || (work.own && asked.parallel_calls);
  if (made.type.empty() || (!asked.choose && !said)) return {};
  std::string to = "{";
  append_member(to, "type", made.type);
  if (!made.name.empty()) append_member(to, "name", made.name);
  if (said && made.type != "none")
    to.append(one ? ",\"disable_parallel_tool_use\":true" : ",\"disable_parallel_tool_use\":false");
  if (asked.choose) append_extra(to, asked.choose->extra, work, "tool_choice");
  to.push_back('}');
  return to;
}

bool write_own_choice(writing& work, written_tools& out) {
  const auto& asked = work.asked.choose;
  if (!asked) return false;
  if (!asked->extra.contains("type")) return false;
  out.choice = to_json(asked->extra);
  return true;
}

}  // namespace

bool write_tools(writing& work, std::string_view called, written_tools& out) {
  choice made{.type = "auto", .name = {}};
  if (work.asked.choose) made = choose(work);
  std::string list;
  for (const chat::tool& each : work.asked.tools) {
    if (made.only && !names(*made.only, each.name)) continue;
    const std::string text = write_tool(each, work);
    if (text.empty()) continue;
    list.append(list.empty() ? "" : ",").append(text);
  }
  if (!work.problem.empty()) return false;
  if (!list.empty() || (work.own && !work.asked.tools.empty())) out.tools = "[" + list + "]";
  if (work.own && write_own_choice(work, out)) return true;
  if (!out.tools.empty() || work.own) {
    out.choice = choice_text(work, made);
  } else if (!called.empty()) {
    work.note("tools: those called in the history are declared, and none may be called");
    out.tools.assign(called);
    if (knows(work.how, "none")) out.choice = "{\"type\":\"none\"}";
  } else if (made.type == "any" || made.type == "tool") {
    return work.fail(
        "tool_choice: a call is required, and there is no tool that anthropic-messages can call");
  }
  out.forced = !out.choice.empty() && (made.type == "any" || made.type == "tool");
  return true;
}

}  // namespace nearfar::providers::anthropic_messages
