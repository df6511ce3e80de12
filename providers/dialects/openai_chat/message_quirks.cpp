#include "providers/dialects/openai_chat/message_quirks.hpp"

#include "providers/dialects/openai_chat/part_builder.hpp"
#include "providers/dialects/text_measure.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <map>

namespace nearfar::providers::openai_chat {

namespace json = boost::json;
using config::reasoning_field;
using config::reasoning_replay;

namespace {

constexpr std::size_t id_letters = 9;

std::string_view text_of(const json::object& from, std::string_view key) {
  const json::value* v = from.if_contains(key);
  return v != nullptr && v->is_string() ? std::string_view{v->as_string()} : std::string_view{};
}

json::array* calls_of(json::object& message) {
  json::value* v = message.if_contains("tool_calls");
  json::array* list = v == nullptr ? nullptr : v->if_array();
  return list == nullptr || list->empty() ? nullptr : list;
}

bool all_text(const json::array& parts) {
  return std::all_of(parts.begin(), parts.end(), [](const json::value& v) {
    return v.is_string() || (v.is_object() && text_of(v.as_object(), "type") == "text");
  });
}

void join_texts(json::object& message) {
  json::value* content = message.if_contains("content");
  const json::array* parts = content == nullptr ? nullptr : content->if_array();
  if (parts == nullptr || !all_text(*parts)) return;
  std::string text;
  for (const json::value& each : *parts) {
    if (!text.empty()) text += '\n';
    text += each.is_string() ? std::string_view{each.as_string()} : text_of(each.as_object(), "text");
  }
  *content = text;
}

json::array as_parts(json::value& content) {
  if (content.is_array()) return std::move(content.as_array());
  json::array parts;
  if (content.is_string() && !content.as_string().empty()) parts.push_back(text_object(content.as_string()));
  return parts;
}

void join_contents(json::value& to, json::value& from) {
  if (from.is_null()) return;
  if (to.is_null()) {
    to = std::move(from);
    return;
  }
  if (to.is_string() && from.is_string()) {
    std::string text(to.as_string());
    if (!text.empty() && !from.as_string().empty()) text += "\n\n";
    text += std::string_view{from.as_string()};
    to = text;
    return;
  }
  json::array parts = as_parts(to);
  for (json::value& each : as_parts(from)) parts.push_back(std::move(each));
  to = std::move(parts);
}

bool joins(json::object& first, json::object& second) {
  const auto role = text_of(first, "role");
  if (role != text_of(second, "role")) return false;
  if (role == "assistant") return calls_of(first) == nullptr;
  return role == "user" || role == "system" || role == "developer";
}

void join_turns(json::array& messages) {
  json::array joined;
  for (json::value& each : messages) {
    json::object* now = each.if_object();
    json::object* last = joined.empty() ? nullptr : joined.back().if_object();
    if (now == nullptr || last == nullptr || !joins(*last, *now)) {
      joined.push_back(std::move(each));
      continue;
    }
    for (auto& member : *now) {
      if (member.key() == "content") {
        join_contents((*last)["content"], member.value());
      } else if (!last->contains(member.key())) {
        (*last)[member.key()] = std::move(member.value());
      }
    }
  }
  messages = std::move(joined);
}

std::string reasoning_of(const json::object& message) {
  for (const std::string_view name : {"reasoning_content", "reasoning"}) {
    if (const auto text = text_of(message, name); !text.empty()) return std::string(text);
  }
  std::string all;
  const json::value* details = message.if_contains("reasoning_details");
  if (details == nullptr || !details->is_array()) return all;
  for (const json::value& each : details->as_array()) {
    if (!each.is_object()) continue;
    all += text_of(each.as_object(), "text");
    all += text_of(each.as_object(), "summary");
  }
  return all;
}

bool forget_reasoning(json::object& message) {
  bool any = false;
  for (const std::string_view name :
       {"reasoning_content", "reasoning", "reasoning_details", "thinking_blocks"}) {
    if (const auto at = message.find(name); at != message.end()) {
      message.stable_erase(at);
      any = true;
    }
  }
  json::value* content = message.if_contains("content");
  json::array* parts = content == nullptr ? nullptr : content->if_array();
  if (parts == nullptr) return any;
  const auto thinks = [](const json::value& v) {
    return v.is_object() && text_of(v.as_object(), "type") == "thinking";
  };
  json::array kept;
  for (json::value& each : *parts) {
    if (!thinks(each)) kept.push_back(std::move(each));
  }
  any = any || kept.size() != parts->size();
  *parts = std::move(kept);
  return any;
}

void rename_reasoning(json::object& message, std::string_view from, std::string_view to) {
  const auto at = message.find(from);
  if (at == message.end() || message.contains(to)) return;
  json::value v = std::move(at->value());
  message.stable_erase(at);
  message[to] = std::move(v);
}

// MiniMax and raw templates want thoughts back where they came from: in the text.
void tag_reasoning(json::object& message) {
  const std::string thoughts = reasoning_of(message);
  if (thoughts.empty()) return;
  json::value* content = message.if_contains("content");
  if (content != nullptr && content->is_array()) return;
  std::string text = "<think>\n" + thoughts + "\n</think>\n\n";
  if (content != nullptr && content->is_string()) text += std::string_view{content->as_string()};
  forget_reasoning(message);
  message["content"] = text;
}

void replay(json::object& message, const config::quirks& by, notes& said) {
  if (text_of(message, "role") != "assistant") return;
  if (by.replay == reasoning_replay::never || by.reasoning == reasoning_field::none) {
    if (forget_reasoning(message)) add_note(said, "reasoning in the history: left out for this target");
    return;
  }
  if (by.replay == reasoning_replay::on_calls && calls_of(message) != nullptr &&
      by.reasoning != reasoning_field::think_tags) {
    const bool newer = by.reasoning == reasoning_field::reasoning;
    const std::string_view name = newer ? "reasoning" : "reasoning_content";
    const json::value* there = message.if_contains(name);
    if (there == nullptr || !there->is_string()) message[name] = reasoning_of(message);
    return;
  }
  if (by.reasoning == reasoning_field::reasoning) rename_reasoning(message, "reasoning_content", "reasoning");
  if (by.reasoning == reasoning_field::think_tags) tag_reasoning(message);
}

void shorten_ids(json::object& message) {
  if (json::value* id = message.if_contains("tool_call_id"); id != nullptr && id->is_string()) {
    *id = nine_letters(id->as_string());
  }
  json::array* calls = calls_of(message);
  if (calls == nullptr) return;
  for (json::value& each : *calls) {
    json::value* id = each.is_object() ? each.as_object().if_contains("id") : nullptr;
    if (id != nullptr && id->is_string()) *id = nine_letters(id->as_string());
  }
}

// Results are named after the calls before them.
class tool_names {
 public:
  void see(json::object& message) {
    if (json::array* calls = calls_of(message)) {
      for (const json::value& each : *calls) remember(each);
    }
    if (text_of(message, "role") != "tool" || message.contains("name")) return;
    const auto at = names_.find(std::string(text_of(message, "tool_call_id")));
    if (at != names_.end()) message["name"] = at->second;
  }

 private:
  void remember(const json::value& call) {
    const json::object* object = call.if_object();
    const json::value* function = object == nullptr ? nullptr : object->if_contains("function");
    if (function == nullptr || !function->is_object()) return;
    names_[std::string(text_of(*object, "id"))] = text_of(function->as_object(), "name");
  }

  std::map<std::string, std::string> names_;
};

void fill_content(json::object& message) {
  json::value& content = message["content"];
  if (content.is_null()) content = "";
}

// The same history gives the same turns, whatever comes behind it.
void part_results_from_users(json::array& messages) {
  const auto role_of = [](const json::value& v) {
    return v.is_object() ? text_of(v.as_object(), "role") : std::string_view{};
  };
  json::array parted;
  for (json::value& each : messages) {
    if (!parted.empty() && role_of(parted.back()) == "tool" && role_of(each) == "user")
      parted.push_back(json::object{{"role", "assistant"}, {"content", "Understood."}});
    parted.push_back(std::move(each));
  }
  messages = std::move(parted);
}

}  // namespace

std::string nine_letters(std::string_view id) {
  constexpr std::string_view letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const bool fits = id.size() == id_letters && id.find_first_not_of(letters) == std::string_view::npos;
  if (fits) return std::string(id);
  std::uint64_t hash = stable_hash(3, id);
  std::string out(id_letters, '0');
  for (char& each : out) {
    each = letters[hash % letters.size()];
    hash /= letters.size();
  }
  return out;
}

void add_system_text(json::array& messages, std::string_view text) {
  if (!messages.empty() && messages.front().is_object()) {
    json::object& first = messages.front().as_object();
    const auto role = text_of(first, "role");
    if (role == "system" || role == "developer") {
      json::value more(text);
      join_contents(first["content"], more);
      return;
    }
  }
  json::object message;
  message["role"] = "system";
  message["content"] = text;
  messages.insert(messages.begin(), std::move(message));
}

void adapt_messages(json::array& messages, const config::quirks& by, notes& said) {
  tool_names names;
  bool other_seen = false;
  for (json::value& each : messages) {
    json::object* message = each.if_object();
    if (message == nullptr) continue;
    const std::string role(text_of(*message, "role"));
    const bool system = role == "system" || role == "developer";
    if (by.system_only && role == "developer") (*message)["role"] = "system";
    if (by.system_first && system && other_seen) {
      (*message)["role"] = "user";
      add_note(said, "system text behind a turn: said as the user's");
    }
    other_seen = other_seen || !system;
    replay(*message, by, said);
    if (by.no_names && role != "tool" && message->erase("name") != 0)
      add_note(said, "name: this target takes none on messages");
    if (by.tool_names) names.see(*message);
    if (by.nine_letter_ids) shorten_ids(*message);
    if (by.text_only) join_texts(*message);
    if (by.empty_for_null) fill_content(*message);
  }
  if (by.alternate) join_turns(messages);
  if (by.turn_after_results) part_results_from_users(messages);
}

}  // namespace nearfar::providers::openai_chat
