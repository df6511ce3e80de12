#include "providers/dialects/openai_chat/message_builder.hpp"

#include "providers/dialects/openai_chat/part_builder.hpp"
#include "providers/dialects/signature.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::providers::openai_chat {

namespace json = chat::json;
using chat::part_kind;
using chat::role;

namespace {

std::string_view word_of(role who) {
  switch (who) {
    case role::system:
      return "system";
    case role::developer:
      return "developer";
    case role::assistant:
      return "assistant";
    case role::tool:
      return "tool";
    case role::user:
      break;
  }
  return "user";
}

bool is_content(const chat::part& part) {
  const bool beside = part.spelling.contains("field") || part.spelling.contains("detail");
  if (part.kind == part_kind::thinking) return part.spelling.contains("thinking");
  if (part.kind == part_kind::opaque) return !beside && !part.spelling.contains("call");
  return part.kind != part_kind::tool_call && part.kind != part_kind::tool_result && !beside;
}

}  // namespace

void message_builder::write(const chat::message& from, json::array& to) {
  const auto is_result = [](const chat::part& each) { return each.kind == part_kind::tool_result; };
  const bool any = std::any_of(from.parts.begin(), from.parts.end(), is_result);
  if (any) results(from, to);
  if (from.who == role::tool && std::all_of(from.parts.begin(), from.parts.end(), is_result)) return;
  if (any && std::all_of(from.parts.begin(), from.parts.end(), is_result)) return;
  turn(from, to);
}

void message_builder::results(const chat::message& from, json::array& to) {
  for (const chat::part& each : from.parts) {
    if (each.kind == part_kind::tool_result) result(from, each, to);
  }
}

void message_builder::result(const chat::message& from, const chat::part& part, json::array& to) {
  json::object message;
  const bool old = same_ && from.spelling.contains("role");
  message["role"] = old ? "function" : "tool";
  const std::string id = id_of_result(part);
  if (!old) message["tool_call_id"] = id;
  if (same_ && !part.name.empty()) message["name"] = part.name;
  if (part.failed) add_note(notes_, "failed: an openai-chat tool message cannot say so");
  json::array content;
  std::string text;
  bool only_text = true;
  for (const chat::part& each : part.content) {
    if (each.kind == part_kind::image || each.kind == part_kind::file || each.kind == part_kind::audio) {
      if (lifted_.empty() || lifted_for_ != id) {
        lifted_for_ = id;
        lifted_.push_back(text_object(fmt::format("Attached to the result of tool call {}:", id)));
      }
      content_part(each, lifted_);
      add_note(notes_, "images and files of a tool result: put into the user's turn behind it");
      continue;
    }
    if (each.kind == part_kind::text && (!same_ || each.extra.empty())) {
      text += each.text;
    } else {
      only_text = false;
    }
    content_part(each, content);
  }
  if (part.plain || (only_text && content.size() < 2 && !same_)) {
    message["content"] = text;
  } else if (!content.empty()) {
    message["content"] = std::move(content);
  } else if (!same_ || !part.content.empty()) {
    message["content"] = "";
  }
  const bool alone = from.parts.size() == 1;
  if (alone) {
    close(from, message);
  }
  extras(part.extra, message);
  to.push_back(std::move(message));
}

void message_builder::finish(json::array& to) {
  if (lifted_.empty()) return;
  json::object message;
  message["role"] = "user";
  message["content"] = std::exchange(lifted_, {});
  to.push_back(std::move(message));
}

void message_builder::turn(const chat::message& from, json::array& to) {
  if (from.who != role::user && from.who != role::tool) finish(to);
  json::object message = head(from);
  if (from.who == role::assistant) {
    assistant(from, message);
  } else {
    user_content(from, message);
  }
  close(from, message);
  if (!same_ && !message.contains("content") && !message.contains("tool_calls")) return;
  to.push_back(std::move(message));
}

json::object message_builder::head(const chat::message& from) {
  json::object message;
  message["role"] = word_of(from.who == role::tool ? role::user : from.who);
  if (!from.name.empty()) message["name"] = from.name;
  return message;
}

// What the client had written beside the parts; of another dialect's, a note.
void message_builder::close(const chat::message& from, json::object& to) {
  if (same_) {
    for (const auto& each : from.spelling) {
      if (!to.contains(each.key())) to[each.key()] = each.value();
    }
  }
  extras(from.extra, to);
}

void message_builder::extras(const json::object& from, json::object& to) {
  if (!same_) return note_members(notes_, from);
  for (const auto& each : from) {
    json::value& place = to[each.key()];
    if (place.is_object() && each.value().is_object()) {
      for (const auto& inner : each.value().as_object()) place.as_object()[inner.key()] = inner.value();
    } else {
      place = each.value();
    }
  }
}

void message_builder::user_content(const chat::message& from, json::object& to) {
  json::array content;
  if (from.who == role::user || from.who == role::tool) content = std::exchange(lifted_, {});
  std::size_t texts = 0;
  const chat::part* only = nullptr;
  for (const chat::part& each : from.parts) {
    if (each.kind == part_kind::tool_result || (same_ && !is_content(each) && each.kind != part_kind::text))
      continue;
    if (!same_ && each.kind == part_kind::text && each.text.empty())
      continue;  // vendors refuse an empty part
    if (content_part(each, content)) {
      ++texts;
      only = &each;
    }
  }
  const bool single = content.size() == 1 && texts == 1 && only->kind == part_kind::text;
  if (single && (from.plain || (!same_ && !only->spelling.contains("bare")))) {
    to["content"] = only->text;
  } else if (!content.empty()) {
    to["content"] = std::move(content);
  } else if (!same_ && from.plain) {
    to["content"] = "";
  }
}

void message_builder::assistant(const chat::message& from, json::object& to) {
  json::array content;
  std::string text;
  bool plain = true;
  bool called = false;
  for (const chat::part& each : from.parts) {
    called = called || each.kind == part_kind::tool_call;
    if (each.kind == part_kind::refusal && (each.spelling.contains("field") || !same_)) {
      to["refusal"] = each.text;
      continue;
    }
    const bool text_alike = each.kind == part_kind::text || (same_ && is_content(each));
    if (!text_alike) {
      if (is_content(each)) add_note(notes_, "media in an answer: openai-chat takes none back");
      continue;
    }
    if (called && !each.text.empty()) add_note(notes_, "order: openai-chat has all text before the calls");
    if (!same_ && each.text.empty()) continue;
    if (!same_ && !each.signature.empty()) keeps_signature(each);
    plain = plain && each.kind == part_kind::text && (from.plain || !same_);
    text += each.text;
    content_part(each, content);
  }
  // Foreign answers have a text cut into parts by citations: one string is the form that all servers read.
  if (!content.empty() && plain) {
    to["content"] = text;
  } else if (!content.empty()) {
    to["content"] = std::move(content);
  } else if (!same_) {
    to["content"] = nullptr;
  }
  reasoning(from, to);
  for (const chat::part& each : from.parts) call(each, to);
  if (same_) return;
  const bool nothing = to["content"].is_null() && !to.contains("tool_calls") && !to.contains("refusal");
  if (nothing) to["content"] = "";
}

void message_builder::reasoning(const chat::message& from, json::object& to) {
  json::array details;
  std::string text;
  bool thought = false;
  for (const chat::part& each : from.parts) {
    if (each.kind != part_kind::thinking && !each.spelling.contains("detail")) continue;
    if (same_ && is_content(each)) continue;
    if (const auto* field = each.spelling.if_contains("field"); same_ && field != nullptr) {
      to[std::string_view{field->as_string()}] = each.text;
      continue;
    }
    if (each.kind == part_kind::opaque) {
      if (same_) details.push_back(each.extra);
      continue;
    }
    thought = thought || !each.text.empty();
    text += each.text;
    detail(each, details);
  }
  if (!same_ && thought) to["reasoning_content"] = text;
  if (!details.empty()) to["reasoning_details"] = std::move(details);
}

void message_builder::detail(const chat::part& part, json::array& to) {
  const bool signs = keeps_signature(part);
  const auto* written = same_ ? part.spelling.if_contains("detail") : nullptr;
  if (written == nullptr && !signs) return;  // reasoning_content says it all
  if (part.redacted && !signs) return;
  json::object object;
  if (written != nullptr && written->is_object()) object = written->as_object();
  if (written == nullptr) object["type"] = part.redacted ? "reasoning.encrypted" : "reasoning.text";
  const auto* type = object.if_contains("type");
  const bool summary = type != nullptr && *type == "reasoning.summary";
  if (!part.text.empty()) object[summary ? "summary" : "text"] = part.text;
  if (signs) object[part.redacted ? "data" : "signature"] = part.signature;
  to.push_back(std::move(object));
}

bool message_builder::keeps_signature(const chat::part& part) {
  if (part.signature.empty()) return false;
  const bool marked = part.spelling.contains("marked");
  if (part.issuer == issuer_ || (same_ && !marked)) return true;
  add_note(notes_, "signature: of another vendor, left out");
  return false;
}

void message_builder::call(const chat::part& part, json::object& message) {
  if (part.kind == part_kind::opaque) {
    if (!part.spelling.contains("call")) {
      if (!same_) add_note(notes_, "a part of its dialect's own: openai-chat has none");
      return;
    }
    if (!same_) return;
    if (!message.contains("tool_calls")) message["tool_calls"] = json::array{};
    message["tool_calls"].as_array().push_back(part.extra);
    return;
  }
  if (part.kind != part_kind::tool_call) return;
  json::object call = call_object(part, same_, id_of_call(part));
  if (same_ && part.spelling.contains("function_call")) {
    extras(part.extra, call);
    message["function_call"] = std::move(call);
    return;
  }
  if (keeps_signature(part)) {
    const auto* written =
        same_ && !part.spelling.contains("marked") ? part.spelling.if_contains("extra_content") : nullptr;
    if (written != nullptr) {
      call["extra_content"] = *written;
    } else {
      call["extra_content"] = {{"google", {{"thought_signature", part.signature}}}};
    }
  }
  extras(part.extra, call);
  if (!message.contains("tool_calls")) message["tool_calls"] = json::array{};
  message["tool_calls"].as_array().push_back(std::move(call));
}

std::string message_builder::id_of_call(const chat::part& part) {
  if (same_ || !part.id.empty()) return part.id;
  unnamed_.emplace_back(part.name, fmt::format("call_{}", ++ids_));
  return unnamed_.back().second;
}

std::string message_builder::id_of_result(const chat::part& part) {
  if (same_ || !part.id.empty()) return part.id;
  auto at = std::find_if(unnamed_.begin(), unnamed_.end(),
                         [&](const auto& each) { return part.name.empty() || each.first == part.name; });
  if (at == unnamed_.end()) at = unnamed_.begin();
  if (at == unnamed_.end()) return fmt::format("call_{}", ++ids_);
  std::string id = std::move(at->second);
  unnamed_.erase(at);
  return id;
}

bool message_builder::content_part(const chat::part& part, json::array& to) {
  if (same_ && part.spelling.contains("bare") && part.kind == part_kind::text) {
    to.emplace_back(part.text);
    return true;
  }
  json::object object = part_object(part, same_);
  if (object.empty()) {
    add_note(notes_, part.kind == part_kind::thinking ? "thinking: openai-chat has it in answers only"
                                                      : "a part of its dialect's own: openai-chat has none");
    return false;
  }
  if (part.kind != part_kind::opaque) extras(part.extra, object);
  to.push_back(std::move(object));
  return true;
}

}  // namespace nearfar::providers::openai_chat
