#include "providers/dialects/openai_responses/item_writer.hpp"

#include "providers/dialects/openai_responses/fields.hpp"
#include "providers/dialects/openai_responses/part_parser.hpp"
#include "providers/dialects/signature.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>

namespace nearfar::providers::openai_responses {

namespace json = boost::json;

namespace {

std::string_view word_of(chat::role who) {
  switch (who) {
    case chat::role::system:
      return "system";
    case chat::role::developer:
      return "developer";
    case chat::role::assistant:
      return "assistant";
    default:
      return "user";
  }
}

bool is_media(chat::part_kind kind) {
  return kind == chat::part_kind::image || kind == chat::part_kind::audio || kind == chat::part_kind::file;
}

}  // namespace

bool item_writer::fail(std::string_view what) {
  if (problem_.empty()) problem_ = what;
  return false;
}

void item_writer::merge(const json::object& extra, json::object& to, std::string_view note) {
  if (extra.empty()) return;
  if (!own()) return notes_.add(note);
  for (const auto& each : extra) to[each.key()] = each.value();
}

bool item_writer::add(const chat::message& from) {
  if (!from.name.empty()) notes_.add("name of a message: openai-responses has none");
  for (const chat::part& each : from.parts) {
    if (!part(from, each)) return false;
  }
  end_message();
  // A turn that says nothing is still a turn to the dialect that it came in.
  if (from.parts.empty() && own() && from.who != chat::role::tool) {
    begin_message(from, {});
    end_message();
  }
  return true;
}

bool item_writer::part(const chat::message& of, const chat::part& from) {
  switch (from.kind) {
    case chat::part_kind::thinking:
      end_message();
      thoughts(from);
      return true;
    case chat::part_kind::tool_call:
      end_message();
      call(from);
      return true;
    case chat::part_kind::tool_result:
      end_message();
      return result(from);
    case chat::part_kind::opaque:
      if (!own()) {
        notes_.add("a part of another dialect's own: left out");
        return true;
      }
      if (from.name.empty()) return content(of, from);
      end_message();
      items_.push_back(from.extra);
      return true;
    default:
      return content(of, from);
  }
}

bool item_writer::content(const chat::message& of, const chat::part& from) {
  const bool assistant = of.who == chat::role::assistant;
  const json::object* settings = object_at(from.extra, "message");
  if (open_ && assistant && (from.item_id != item_id_ || settings != nullptr)) end_message();
  if (!open_) begin_message(of, from);
  // What an item has one text of, and said so, is written as that text.
  plain_ = plain_ && parts_.empty();
  return add_content(from, parts_, assistant);
}

void item_writer::begin_message(const chat::message& of, const chat::part& from) {
  const bool assistant = of.who == chat::role::assistant;
  open_ = true;
  plain_ = assistant ? (from.plain || of.plain) : of.plain;
  item_id_ = assistant ? from.item_id : of.item_id;
  message_ = {{"type", "message"}, {"role", word_of(of.who)}};
  parts_.clear();
  if (own() && !item_id_.empty()) message_["id"] = item_id_;
  merge(of.extra, message_, "a message's own fields of another dialect: left out");
  if (const json::object* settings = object_at(from.extra, "message"); own() && settings != nullptr) {
    for (const auto& each : *settings) message_[each.key()] = each.value();
  }
}

void item_writer::end_message() {
  if (!open_) return;
  open_ = false;
  const json::object* only = parts_.size() == 1 ? parts_.front().if_object() : nullptr;
  if (plain_ && only != nullptr && only->contains("text")) {
    message_["content"] = only->at("text");
  } else if (parts_.empty() && !own()) {
    return;  // all of it was left out
  } else {
    message_["content"] = std::move(parts_);
  }
  items_.push_back(std::move(message_));
}

bool item_writer::add_content(const chat::part& from, json::array& to, bool assistant) {
  if (from.kind == chat::part_kind::opaque && own()) {
    to.push_back(from.extra);
    return true;
  }
  const bool kept = own() || from_ == config::dialect::openai_chat;
  if (!from.media.file_id.empty() && !kept) {
    return fail("file_id: a file of another vendor's store cannot be sent to openai-responses");
  }
  json::object out;
  if (!write_part(from, assistant ? speaker::assistant : speaker::client, out)) {
    if (is_media(from.kind) && !assistant) return fail("audio: openai-responses takes its data only");
    notes_.add(is_media(from.kind) ? "media of the assistant's: openai-responses takes none back"
                                   : "a part that openai-responses has not: left out");
    return true;
  }
  json::object extra = from.extra;
  extra.stable_erase("message");
  merge(extra, out, "a part's own fields of another dialect: left out");
  if (!from.signature.empty()) notes_.add("signature of a text: openai-responses has none");
  to.push_back(std::move(out));
  return true;
}

void item_writer::thoughts(const chat::part& from) {
  constexpr std::string_view mine = config::to_string(config::dialect::openai_responses);
  const std::string_view taker = issuer_.empty() ? mine : issuer_;
  const bool signed_for = !from.signature.empty() && from.issuer == taker;
  if (!signed_for && !(own() && from.signature.empty())) {
    notes_.add(from.signature.empty() ? "reasoning: unsigned, openai-responses would look for it in its store"
                                      : "reasoning: signed by another vendor");
    return;
  }
  json::object item = {{"type", "reasoning"}};
  if (own() && !from.item_id.empty()) item["id"] = from.item_id;
  json::array summary;
  if (!from.text.empty()) summary.push_back({{"type", "summary_text"}, {"text", from.text}});
  item["summary"] = std::move(summary);
  if (signed_for) item["encrypted_content"] = from.signature;
  merge(from.extra, item, "reasoning's own fields of another dialect: left out");
  items_.push_back(std::move(item));
}

void item_writer::call(const chat::part& from) {
  const bool custom = from.form == chat::call_form::custom;
  std::string id = from.id;
  if (id.empty()) {
    id = fmt::format("call_{}", ++named_);
    unnamed_.push_back(id);
  }
  if (custom) custom_.push_back(id);
  json::object item = {{"type", custom ? "custom_tool_call" : "function_call"}};
  if (own() && !from.item_id.empty()) item["id"] = from.item_id;
  item["call_id"] = id;
  item["name"] = from.name;
  const std::string_view said = from.text.empty() && !custom && !own() ? "{}" : std::string_view(from.text);
  item[custom ? "input" : "arguments"] = said;
  merge(from.extra, item, "a call's own fields of another dialect: left out");
  if (!from.signature.empty()) notes_.add("signature of a call: openai-responses has none");
  items_.push_back(std::move(item));
}

bool item_writer::result(const chat::part& from) {
  std::string id = from.id;
  if (id.empty() && !unnamed_.empty()) {
    id = unnamed_.front();
    unnamed_.pop_front();
  }
  const bool custom =
      from.form == chat::call_form::custom || std::find(custom_.begin(), custom_.end(), id) != custom_.end();
  json::object item = {{"type", custom ? "custom_tool_call_output" : "function_call_output"}};
  if (own() && !from.item_id.empty()) item["id"] = from.item_id;
  item["call_id"] = id;
  json::array parts;
  for (const chat::part& each : from.content) {
    if (!add_content(each, parts, false)) return false;
  }
  const json::object* only = parts.size() == 1 ? parts.front().if_object() : nullptr;
  if (parts.empty() && (from.plain || !own())) {
    item["output"] = "";
  } else if (from.plain && only != nullptr && only->contains("text")) {
    item["output"] = only->at("text");
  } else {
    item["output"] = std::move(parts);
  }
  if (from.failed) notes_.add("is_error of a tool's result: openai-responses has none");
  merge(from.extra, item, "a result's own fields of another dialect: left out");
  items_.push_back(std::move(item));
  return true;
}

}  // namespace nearfar::providers::openai_responses
