#include "providers/dialects/openai_chat/effort_quirks.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>

namespace nearfar::providers::openai_chat {

namespace json = boost::json;
using config::effort_style;

namespace {

struct wish {
  std::string effort;
  std::optional<std::int64_t> budget;
  std::optional<bool> enabled;
  bool hidden = false;

  bool on() const { return enabled.value_or(true) && effort != "none" && budget.value_or(1) != 0; }
  bool any() const { return !effort.empty() || budget || enabled; }
};

void read_object(const json::object& from, wish& to) {
  for (const auto& each : from) {
    const json::value& v = each.value();
    if (each.key() == "effort" && v.is_string()) to.effort = std::string(v.as_string());
    if (each.key() == "max_tokens" && v.is_int64()) to.budget = v.as_int64();
    if (each.key() == "enabled" && v.is_bool()) to.enabled = v.as_bool();
    if (each.key() == "exclude" && v.is_bool()) to.hidden = v.as_bool();
  }
}

wish take_wish(json::object& body) {
  wish asked;
  if (const json::value* v = body.if_contains("reasoning"); v != nullptr && v->is_object())
    read_object(v->as_object(), asked);
  if (const json::value* v = body.if_contains("reasoning_effort"); v != nullptr && v->is_string())
    asked.effort = std::string(v->as_string());
  for (const std::string_view name : {"reasoning", "reasoning_effort"}) {
    if (const auto at = body.find(name); at != body.end()) body.stable_erase(at);
  }
  return asked;
}

std::string effort_of(const wish& asked) {
  if (!asked.on()) return "none";
  if (!asked.effort.empty()) return asked.effort;
  if (asked.budget && *asked.budget > 0)
    return *asked.budget <= 1024 ? "low" : *asked.budget <= 8192 ? "medium" : "high";
  return "medium";
}

// Only on or off is left of it.
void note_level(const wish& asked, notes& said) {
  if (asked.on() && (!asked.effort.empty() || asked.budget))
    add_note(said, "reasoning effort: said as on or off");
}

}  // namespace

bool effort_applies(std::string_view name, const config::quirks& by) {
  if (name == "reasoning_effort") return by.effort != effort_style::reasoning_effort;
  return name == "reasoning" && by.effort != effort_style::reasoning_object;
}

void adapt_effort(json::object& body, const config::quirks& by, notes& said) {
  const bool there = (body.contains("reasoning_effort") && effort_applies("reasoning_effort", by)) ||
                     (body.contains("reasoning") && effort_applies("reasoning", by));
  if (!there) return;
  const wish asked = take_wish(body);
  if (asked.hidden) add_note(said, "reasoning that is not shown: this target cannot be asked for it");
  if (!asked.any()) return;
  switch (by.effort) {
    case effort_style::reasoning_effort:
      body["reasoning_effort"] = effort_of(asked);
      if (asked.budget) add_note(said, "reasoning budget: said as an effort");
      return;
    case effort_style::reasoning_object: {
      json::object object;
      if (asked.budget && asked.effort.empty()) {
        object["max_tokens"] = *asked.budget;
      } else if (!asked.effort.empty()) {
        object["effort"] = asked.effort;
      }
      if (asked.enabled) object["enabled"] = *asked.enabled;
      body["reasoning"] = std::move(object);
      return;
    }
    case effort_style::thinking_object:
      if (!body.contains("thinking"))
        body["thinking"] = json::object{{"type", asked.on() ? "enabled" : "disabled"}};
      return note_level(asked, said);
    case effort_style::enable_thinking:
      if (!body.contains("enable_thinking")) body["enable_thinking"] = asked.on();
      if (asked.on() && asked.budget && !body.contains("thinking_budget")) {
        body["thinking_budget"] = *asked.budget;
        return;
      }
      return note_level(asked, said);
    case effort_style::template_flag: {
      json::value& flags = body["chat_template_kwargs"];
      if (!flags.is_object()) flags = json::object{};
      if (!flags.as_object().contains("enable_thinking")) flags.as_object()["enable_thinking"] = asked.on();
      return note_level(asked, said);
    }
    case effort_style::none:
      add_note(said, "reasoning effort: this target has no word for it");
      return;
  }
}

}  // namespace nearfar::providers::openai_chat
