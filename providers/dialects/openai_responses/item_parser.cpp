#include "providers/dialects/openai_responses/item_parser.hpp"

#include "providers/dialects/openai_responses/fields.hpp"
#include "providers/dialects/openai_responses/part_parser.hpp"
#include "providers/dialects/openai_responses/reasoning_seal.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <optional>

namespace nearfar::providers::openai_responses {

namespace json = boost::json;

namespace {

std::optional<chat::role> role_of(std::string_view word) {
  if (word == "user") return chat::role::user;
  if (word == "assistant") return chat::role::assistant;
  if (word == "system") return chat::role::system;
  if (word == "developer") return chat::role::developer;
  return std::nullopt;
}

void drop_completed(json::object& from) {
  if (string_at(from, "status") == "completed") from.stable_erase("status");
}

// The summaries, or the raw thoughts where there are none.
std::string thoughts_of(const json::object& from) {
  std::string out;
  for (const std::string_view key : {"summary", "content"}) {
    const json::array* list = array_at(from, key);
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
      const json::object* each = (*list)[i].if_object();
      if (each == nullptr) continue;
      if (!out.empty()) out += "\n\n";
      out += string_at(*each, "text");
    }
    if (!out.empty()) break;
  }
  return out;
}

// Whether a writer that has nothing but the text would write the same.
bool is_plain_summary(const json::object& from) {
  const json::array* list = array_at(from, "summary");
  if (list == nullptr) return !from.contains("summary");
  if (list->empty()) return thoughts_of(from).empty();
  const json::object* only = list->size() == 1 ? list->front().if_object() : nullptr;
  return only != nullptr && only->size() == 2 && string_at(*only, "type") == "summary_text" &&
         !string_at(*only, "text").empty();
}

}  // namespace

bool item_parser::fail(std::string_view what) {
  if (problem_.empty()) problem_ = fmt::format("input[{}]{}", index_, what);
  return false;
}

bool item_parser::add(const json::value& item) {
  const json::object* from = item.if_object();
  if (from == nullptr) return fail(" must be an object with a type or a role");
  const std::string_view type = string_at(*from, "type");
  bool fine = true;
  if (type == "message" || (type.empty() && from->contains("role"))) {
    fine = message(*from);
  } else if (type == "function_call") {
    fine = call(*from, chat::call_form::function);
  } else if (type == "custom_tool_call") {
    fine = call(*from, chat::call_form::custom);
  } else if (type == "function_call_output") {
    fine = result(*from, chat::call_form::function);
  } else if (type == "custom_tool_call_output") {
    fine = result(*from, chat::call_form::custom);
  } else if (type == "reasoning") {
    fine = reasoning(*from);
  } else if (type == "item_reference") {
    fine = fail(
        ".type is \"item_reference\", but nothing is stored here: send the whole conversation in `input`, "
        "with `store: false`");
  } else if (type.empty()) {
    fine = fail(" has neither a type nor a role");
  } else {
    opaque(*from, type);
  }
  ++index_;
  return fine;
}

bool item_parser::message(const json::object& from) {
  const auto who = role_of(string_at(from, "role"));
  if (!who) return fail(".role must be \"user\", \"assistant\", \"system\" or \"developer\"");
  if (*who == chat::role::assistant) return assistant_message(from);
  chat::message out;
  out.who = *who;
  out.item_id = string_at(from, "id");
  out.extra = rest_of(from, {"type", "role", "content", "id"});
  drop_completed(out.extra);
  const json::value* value = from.if_contains("content");
  if (value == nullptr || !content(*value, out))
    return fail(".content must be a string or an array of parts");
  messages_.push_back(std::move(out));
  return true;
}

bool item_parser::content(const json::value& from, chat::message& to) {
  if (const json::string* text = from.if_string()) {
    to.plain = true;
    to.parts.emplace_back().text = std::string_view(*text);
    return true;
  }
  const json::array* list = from.if_array();
  if (list == nullptr) return false;
  for (const json::value& each : *list) {
    const json::object* part = each.if_object();
    if (part == nullptr) return false;
    to.parts.push_back(parse_part(*part));
  }
  return true;
}

bool item_parser::assistant_message(const json::object& from) {
  chat::message said;
  const json::value* value = from.if_contains("content");
  if (value == nullptr || !content(*value, said)) {
    return fail(".content must be a string or an array of parts");
  }
  json::object more = rest_of(from, {"type", "role", "content", "id"});
  drop_completed(more);
  if (said.parts.empty()) said.parts.emplace_back();
  if (!more.empty()) said.parts.front().extra["message"] = std::move(more);
  chat::message& turn = turn_for_text();
  turn.plain = said.plain && turn.parts.empty();
  for (chat::part& each : said.parts) {
    each.item_id = string_at(from, "id");
    each.plain = said.plain;
    turn.parts.push_back(std::move(each));
  }
  return true;
}

chat::message& item_parser::assistant_turn() {
  if (messages_.empty() || messages_.back().who != chat::role::assistant) {
    messages_.emplace_back().who = chat::role::assistant;
  }
  return messages_.back();
}

chat::message& item_parser::turn_for_text() {
  chat::message& turn = assistant_turn();
  const auto is_call = [](const chat::part& each) { return each.kind == chat::part_kind::tool_call; };
  if (turn.parts.empty() || std::any_of(turn.parts.begin(), turn.parts.end(), is_call)) return turn;
  const chat::part_kind last = turn.parts.back().kind;
  if (last != chat::part_kind::text && last != chat::part_kind::refusal) return turn;
  messages_.emplace_back().who = chat::role::assistant;
  return messages_.back();
}

bool item_parser::call(const json::object& from, chat::call_form form) {
  const bool custom = form == chat::call_form::custom;
  const std::string_view text_key = custom ? "input" : "arguments";
  chat::part out;
  out.kind = chat::part_kind::tool_call;
  out.form = form;
  out.id = string_at(from, "call_id");
  out.item_id = string_at(from, "id");
  out.name = string_at(from, "name");
  if (out.id.empty()) return fail(".call_id is missing");
  if (out.name.empty()) return fail(".name is missing");
  // Some clients keep the arguments parsed.
  const json::value* text = from.if_contains(text_key);
  if (text != nullptr && !text->is_string() && !text->is_object() && !text->is_null()) {
    return fail(custom ? ".input must be a string" : ".arguments must be a string");
  }
  out.text =
      text != nullptr && text->is_object() ? json::serialize(*text) : std::string(string_at(from, text_key));
  out.extra = rest_of(from, {"type", "call_id", "id", "name", text_key});
  drop_completed(out.extra);
  assistant_turn().parts.push_back(std::move(out));
  return true;
}

bool item_parser::result(const json::object& from, chat::call_form form) {
  chat::part out;
  out.kind = chat::part_kind::tool_result;
  out.form = form;
  out.id = string_at(from, "call_id");
  out.item_id = string_at(from, "id");
  if (out.id.empty()) return fail(".call_id is missing");
  chat::message held;
  const json::value* value = from.if_contains("output");
  if (value == nullptr || !content(*value, held)) {
    return fail(".output must be a string or an array of parts");
  }
  out.plain = held.plain;
  out.content = std::move(held.parts);
  out.extra = rest_of(from, {"type", "call_id", "id", "output"});
  drop_completed(out.extra);
  chat::message& to = messages_.emplace_back();
  to.who = chat::role::tool;
  to.parts.push_back(std::move(out));
  return true;
}

bool item_parser::reasoning(const json::object& from) {
  const seal found = read_seal(string_at(from, "encrypted_content"));
  if (found.what == sealed::call) {
    loose_.push_back({std::string(found.call_id), std::string(found.issuer), std::string(found.signature)});
    return true;
  }
  chat::message& turn = assistant_turn();
  if (found.what == sealed::text) {
    const auto said = std::find_if(turn.parts.rbegin(), turn.parts.rend(),
                                   [](const chat::part& each) { return each.kind == chat::part_kind::text; });
    if (said == turn.parts.rend()) return true;
    said->signature = found.signature;
    said->issuer = found.issuer;
    return true;
  }
  chat::part out;
  out.kind = chat::part_kind::thinking;
  out.item_id = string_at(from, "id");
  out.text = thoughts_of(from);
  out.signature = found.signature;
  if (!out.signature.empty()) out.issuer = found.issuer;
  out.redacted = found.what == sealed::redacted;
  out.extra = is_plain_summary(from) ? rest_of(from, {"type", "id", "encrypted_content", "summary"})
                                     : rest_of(from, {"type", "id", "encrypted_content"});
  if (const json::array* raw = array_at(from, "content"); raw != nullptr && raw->empty()) {
    out.extra.stable_erase("content");
  }
  if (out.extra.contains("content") && out.extra.at("content").is_null()) out.extra.stable_erase("content");
  drop_completed(out.extra);
  turn.parts.push_back(std::move(out));
  return true;
}

void item_parser::opaque(const json::object& from, std::string_view type) {
  chat::part out;
  out.kind = chat::part_kind::opaque;
  out.item_id = string_at(from, "id");
  out.name = type;
  out.extra = from;
  if (type.ends_with("_output") || type == "mcp_approval_response") {
    chat::message& to = messages_.emplace_back();
    to.who = chat::role::tool;
    to.parts.push_back(std::move(out));
    return;
  }
  assistant_turn().parts.push_back(std::move(out));
}

std::vector<chat::message> item_parser::take() {
  for (const loose_seal& each : loose_) {
    for (chat::message& turn : messages_) {
      for (chat::part& call : turn.parts) {
        if (call.kind != chat::part_kind::tool_call || call.id != each.call_id) continue;
        call.signature = each.signature;
        call.issuer = each.issuer;
      }
    }
  }
  std::erase_if(messages_, [](const chat::message& each) {
    return each.who == chat::role::assistant && each.parts.empty();
  });
  return std::move(messages_);
}

}  // namespace nearfar::providers::openai_responses
