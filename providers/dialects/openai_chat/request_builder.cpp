#include "providers/dialects/openai_chat/request_builder.hpp"

#include "providers/dialects/openai_chat/message_builder.hpp"
#include "providers/dialects/openai_chat/quirks.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>

namespace nearfar::providers::openai_chat {

namespace json = chat::json;
using chat::choice_mode;

namespace {

// Whole numbers without a fraction: some servers read `top_k` or `temperature` by type.
json::value number(double v) {
  constexpr double most = 9007199254740992.0;  // 2^53
  if (std::trunc(v) == v && std::abs(v) < most) return static_cast<std::int64_t>(v);
  return v;
}

json::object named(std::string_view word, std::string_view name) {
  json::object inner;
  inner["name"] = name;
  json::object object;
  object["type"] = word;
  object[word] = std::move(inner);
  return object;
}

// An effort for a budget, by the budgets that Google's compatible endpoint gives to the efforts.
std::string_view effort_for(std::int64_t budget) {
  if (budget == 0) return "none";
  if (budget <= 1024) return "low";
  return budget <= 8192 ? "medium" : "high";
}

class building {
 public:
  building(const chat::chat_request& asked, const write_options& how, json::object& to, notes& said)
      : asked_(asked), how_(how), same_(asked.from == config::dialect::openai_chat), to_(to), notes_(said) {}

  void run() {
    put("model", how_.model);
    messages();
    tools();
    choice();
    sampling();
    format();
    think();
    stream();
    rest();
  }

 private:
  // Of this dialect, and written in a way that is not the plain one: that way again.
  bool as_written(std::string_view name) {
    const auto* said = same_ ? asked_.spelling.if_contains(name) : nullptr;
    if (said != nullptr) to_[name] = *said;
    return said != nullptr;
  }
  template <class T>
  void put(std::string_view name, T&& v) {
    to_[name] = std::forward<T>(v);
  }

  void messages();
  void tools();
  void choice();
  void sampling();
  void format();
  void think();
  void stream();
  void rest();
  json::object definition(const chat::tool& tool);
  std::string_view form_of(std::string_view name) const;

  const chat::chat_request& asked_;
  const write_options& how_;
  bool same_;
  json::object& to_;
  notes& notes_;
};

void building::messages() {
  json::array list;
  message_builder builder{asked_.from, how_.issuer, notes_};
  for (const chat::message& each : asked_.messages) builder.write(each, list);
  builder.finish(list);
  put("messages", std::move(list));
}

json::object building::definition(const chat::tool& tool) {
  json::object inner;
  inner["name"] = tool.name;
  if (!tool.description.empty()) inner["description"] = tool.description;
  if (!tool.parameters.is_null()) {
    inner["parameters"] = tool.parameters;
  } else if (!same_ && tool.form == chat::tool_form::function) {
    inner["parameters"] = {{"type", "object"}, {"properties", json::object{}}};
  }
  if (tool.strict) inner["strict"] = *tool.strict;
  if (!same_) return inner;
  for (const std::string_view name : {"description", "parameters", "strict"}) {
    if (const auto* said = tool.spelling.if_contains(name)) inner[name] = *said;
  }
  return inner;
}

void building::tools() {
  json::array list;
  json::array functions;
  for (const chat::tool& each : asked_.tools) {
    if (each.form == chat::tool_form::hosted) {
      if (same_) {
        list.push_back(each.extra);
      } else {
        add_note(notes_, "hosted tool: openai-chat has none");
      }
      continue;
    }
    const std::string_view word = each.form == chat::tool_form::custom ? "custom" : "function";
    json::object inner = definition(each);
    json::object extra = each.extra;
    if (same_ && each.spelling.contains("functions")) {
      for (const auto& member : extra) inner[member.key()] = member.value();
      functions.push_back(std::move(inner));
      continue;
    }
    // The grammar of a custom tool has the same form in the Responses API.
    const bool grammar = each.form == chat::tool_form::custom && extra.contains("format");
    if (!same_ && grammar) {
      inner["format"] = extra["format"];
      extra.erase("format");
    }
    json::object object;
    if (!same_ || !each.spelling.contains("no_type")) object["type"] = word;
    if (!same_) {
      note_members(notes_, extra);
    } else {
      for (const auto& member : extra) {
        if (member.key() != word || !member.value().is_object()) {
          object[member.key()] = member.value();
          continue;
        }
        for (const auto& own : member.value().as_object()) inner[own.key()] = own.value();
      }
    }
    object[word] = std::move(inner);
    list.push_back(std::move(object));
  }
  if (!list.empty()) put("tools", std::move(list));
  if (!functions.empty()) put("functions", std::move(functions));
}

std::string_view building::form_of(std::string_view name) const {
  const bool custom = std::any_of(asked_.tools.begin(), asked_.tools.end(), [&](const chat::tool& each) {
    return each.name == name && each.form == chat::tool_form::custom;
  });
  return custom ? "custom" : "function";
}

void building::choice() {
  if (same_ && asked_.parallel_calls) put("parallel_tool_calls", *asked_.parallel_calls);
  const bool written = as_written("tool_choice");
  if (as_written("function_call") || written) return;
  if (!same_ && !to_.contains("tools")) {  // OpenAI refuses a choice of nothing
    if (asked_.choose && asked_.choose->mode != choice_mode::automatic &&
        asked_.choose->mode != choice_mode::none)
      add_note(notes_, "tool_choice: there are no tools");
    return;
  }
  if (asked_.parallel_calls) put("parallel_tool_calls", *asked_.parallel_calls);
  if (!asked_.choose) return;
  const chat::tool_choice& choose = *asked_.choose;
  if (!choose.extra.empty()) add_note(notes_, "tool_choice: a form of its dialect's own");
  const bool some = choose.mode == choice_mode::allowed || choose.names.size() > 1;
  if (some) {
    json::array list;
    for (const std::string& each : choose.names) list.push_back(named(form_of(each), each));
    const bool must = choose.mode == choice_mode::required || choose.must_call;
    json::object inner;
    inner["mode"] = must ? "required" : "auto";
    inner["tools"] = std::move(list);
    put("tool_choice", json::object{{"type", "allowed_tools"}, {"allowed_tools", std::move(inner)}});
  } else if (choose.mode == choice_mode::required && choose.names.size() == 1) {
    put("tool_choice", named(form_of(choose.names.front()), choose.names.front()));
  } else {
    put("tool_choice", choose.mode == choice_mode::none       ? "none"
                       : choose.mode == choice_mode::required ? "required"
                                                              : "auto");
  }
}

void building::sampling() {
  const bool older = as_written("max_tokens");
  const bool newer = as_written("max_completion_tokens");
  if (asked_.max_output && !older && !newer) put("max_completion_tokens", *asked_.max_output);
  if (asked_.temperature) put("temperature", number(*asked_.temperature));
  if (asked_.top_p) put("top_p", number(*asked_.top_p));
  if (asked_.top_k) {
    if (same_) {
      put("top_k", *asked_.top_k);
    } else {
      add_note(notes_, "top_k: openai-chat has none");
    }
  }
  if (asked_.choices) put("n", *asked_.choices);
  if (!as_written("stop") && !asked_.stop.empty())
    put("stop", json::array(asked_.stop.begin(), asked_.stop.end()));
  if (asked_.seed) put("seed", *asked_.seed);
  if (asked_.frequency_penalty) put("frequency_penalty", number(*asked_.frequency_penalty));
  if (asked_.presence_penalty) put("presence_penalty", number(*asked_.presence_penalty));
  if (asked_.logprobs) put("logprobs", *asked_.logprobs);
  if (asked_.top_logprobs) {
    put("top_logprobs", *asked_.top_logprobs);
    if (!same_ && !asked_.logprobs) put("logprobs", true);
  }
  const bool other_name = same_ && asked_.spelling.contains("safety_identifier");
  if (!as_written("user") && !asked_.user.empty() && !other_name) put("user", asked_.user);
  if (!asked_.cache_key.empty()) put("prompt_cache_key", asked_.cache_key);
}

void building::format() {
  if (as_written("response_format") || !asked_.format) return;
  const chat::response_format& asked = *asked_.format;
  if (!asked.extra.empty()) add_note(notes_, "response_format: members of its dialect's own");
  if (asked.kind == chat::format_kind::text) return;
  if (asked.kind == chat::format_kind::json_object || asked.schema.is_null()) {
    put("response_format", json::object{{"type", "json_object"}});
    return;
  }
  json::object inner;
  inner["name"] = asked.name.empty() ? "response" : asked.name;
  if (!asked.description.empty()) inner["description"] = asked.description;
  inner["schema"] = asked.schema;
  if (asked.strict) inner["strict"] = *asked.strict;
  put("response_format", json::object{{"type", "json_schema"}, {"json_schema", std::move(inner)}});
}

void building::think() {
  bool written = false;
  for (const std::string_view name : {"reasoning_effort", "reasoning", "include_reasoning", "thinking",
                                      "enable_thinking", "thinking_budget"}) {
    written = as_written(name) || written;
  }
  if (written || !asked_.think) return;
  const chat::reasoning& asked = *asked_.think;
  if (!asked.extra.empty()) add_note(notes_, "reasoning: members of its dialect's own");
  const auto style = how_.quirks == nullptr ? config::effort_style::reasoning_effort : how_.quirks->effort;
  const bool off = asked.enabled && !*asked.enabled;
  if (style == config::effort_style::reasoning_object) {
    json::object object;
    if (off) {
      object["enabled"] = false;
    } else if (asked.budget && *asked.budget > 0) {  // one of the two, says OpenRouter
      object["max_tokens"] = *asked.budget;
    } else if (!asked.effort.empty()) {
      object["effort"] = asked.effort;
    } else if (asked.enabled) {
      object["enabled"] = true;
    }
    if (asked.shown && !*asked.shown) object["exclude"] = true;
    if (!object.empty()) put("reasoning", std::move(object));
    return;
  }
  if (asked.shown && !*asked.shown)
    add_note(notes_, "reasoning that is not shown: openai-chat cannot ask for it");
  if (off) {
    put("reasoning_effort", "none");
  } else if (!asked.effort.empty()) {
    put("reasoning_effort", asked.effort);
  } else if (asked.budget && *asked.budget >= 0) {
    put("reasoning_effort", effort_for(*asked.budget));
    add_note(notes_, "reasoning budget: said as an effort");
  } else if (asked.enabled) {
    put("reasoning_effort", "medium");
  }
}

void building::stream() {
  if (how_.stream) {
    put("stream", true);
    json::object options;
    if (as_written("stream_options") && to_["stream_options"].is_object())
      options = to_["stream_options"].as_object();
    if (how_.want_usage && !options.contains("include_usage")) options["include_usage"] = true;
    if (!options.empty()) put("stream_options", std::move(options));
  } else if (asked_.stream && !*asked_.stream && same_) {
    put("stream", false);
  }
}

void building::rest() {
  if (!same_) return note_members(notes_, asked_.extra);
  for (const auto& each : asked_.spelling) {
    if (each.key() == "stream_options") continue;  // only with a stream
    if (!to_.contains(each.key())) to_[each.key()] = each.value();
  }
  for (const auto& each : asked_.extra) to_[each.key()] = each.value();
}

routes::error internal(std::string context) {
  auto made = routes::make_error(routes::error_kind::bad_request, std::move(context));
  made.side = routes::error_side::internal;
  return made;
}

bool put_fields(std::span<const config::body_field> fields, bool replace, json::object& body) {
  for (const auto& each : fields) {
    if (!replace && body.contains(each.name)) continue;
    boost::system::error_code wrong;
    json::value v = json::parse(each.json, wrong);
    if (wrong) return false;
    body[each.name] = std::move(v);
  }
  return true;
}

// What openai-chat has no way to say, and what may not be left out without a word to the client.
std::string_view impossible(const chat::chat_request& asked) {
  if (asked.from == config::dialect::openai_chat) return {};
  for (const chat::message& each : asked.messages) {
    if (each.who == chat::role::assistant) continue;
    for (const chat::part& part : each.parts) {
      const bool elsewhere = !part.media.file_id.empty() && part.media.data.empty() && part.media.url.empty();
      if (elsewhere) return "file id: of another vendor's store";
      if (part.kind == chat::part_kind::audio && part.media.data.empty())
        return "audio by URL: openai-chat takes data";
    }
  }
  return {};
}

}  // namespace

routes::result<written_request> build_request(const chat::chat_request& asked, const write_options& how) {
  if (const auto why = impossible(asked); !why.empty()) return internal(std::string(why));
  written_request out;
  json::object body;
  building{asked, how, body, out.notes}.run();
  if (how.quirks != nullptr) adapt(body, *how.quirks, out.notes);
  if (!put_fields(how.set, true, body) || !put_fields(how.defaults, false, body))
    return internal("a field of the preset is not JSON");
  out.body = json::serialize(body);
  return out;
}

}  // namespace nearfar::providers::openai_chat
