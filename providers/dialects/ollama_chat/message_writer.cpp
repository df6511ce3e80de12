#include "providers/dialects/ollama_chat/message_writer.hpp"

#include "providers/dialects/gemini/part_writer.hpp"
#include "providers/dialects/member_list.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

namespace nearfar::providers::ollama_chat {

using chat::part_kind;
using chat::role;
using openai_chat::append_json_string;

namespace {

routes::error unsayable(std::string why) {
  auto made = routes::make_error(routes::error_kind::bad_request, std::move(why));
  made.side = routes::error_side::internal;
  return made;
}

std::string_view word_of(role who) {
  switch (who) {
    case role::system:
    case role::developer:  // unknown to every local template
      return "system";
    case role::user:
      return "user";
    case role::assistant:
      return "assistant";
    case role::tool:
      break;
  }
  return "tool";
}

void append_text(std::string& to, std::string_view more) {
  if (!to.empty() && !more.empty()) to.push_back('\n');
  to.append(more);
}

}  // namespace

routes::result<std::string> message_writer::write(const std::vector<chat::message>& messages) {
  for (const auto& each : messages) {
    const auto written = message(each);
    if (written.has_error()) return written.error();
  }
  return out_ + "]";
}

routes::result<void> message_writer::message(const chat::message& from) {
  if (!from.name.empty()) note(notes_, "message name: ollama-chat has none");
  if (!from.extra.empty()) note(notes_, "message fields: ollama-chat has no place for them");
  pieces said;
  bool any = from.parts.empty() && from.who != role::tool;
  for (const auto& each : from.parts) {
    if (each.kind == part_kind::tool_result) {
      const auto written = result(each);
      if (written.has_error()) return written;
      continue;
    }
    any = true;
    const auto written = part(each, said);
    if (written.has_error()) return written;
  }
  if (any) put(from.who == role::tool ? "user" : word_of(from.who), said, nullptr);
  return {};
}

routes::result<void> message_writer::part(const chat::part& from, pieces& out) {
  if (!from.extra.empty() && from.kind != part_kind::opaque) {
    note(notes_, "part fields: ollama-chat has no place for them");
  }
  if (!from.signature.empty()) note(notes_, "signature: ollama-chat takes none");
  switch (from.kind) {
    case part_kind::text:
      append_text(out.text, from.text);
      return {};
    case part_kind::refusal:
      note(notes_, "refusal: sent as text");
      append_text(out.text, from.text);
      return {};
    case part_kind::thinking:
      append_text(out.thinking, from.text);
      return {};
    case part_kind::image:
      return image(from, out);
    case part_kind::audio:
      return unsayable("input audio: ollama-chat takes none");
    case part_kind::file:
      return unsayable("file: ollama-chat takes none");
    case part_kind::tool_call:
      call(from, out);
      return {};
    case part_kind::tool_result:
    case part_kind::opaque:
      break;
  }
  note(notes_, "part: one of another dialect's own is left out");
  return {};
}

routes::result<void> message_writer::image(const chat::part& from, pieces& out) {
  if (from.media.data.empty()) return unsayable("image: ollama-chat takes inline data and no address");
  if (!from.media.detail.empty()) note(notes_, "detail: ollama-chat has none");
  if (out.images.size() > 1) out.images.push_back(',');
  append_json_string(out.images, from.media.data);
  return {};
}

// Arguments are an object here and a string elsewhere.
void message_writer::call(const chat::part& from, pieces& out) {
  bool changed = false;
  member_list function;
  function.put_text("name", from.name);
  function.put("arguments", gemini::arguments_object(from.text, from.form, changed));
  if (changed) note(notes_, "arguments: what was no JSON object stands in a member of one");
  member_list one;
  if (!from.id.empty()) one.put_text("id", from.id);
  one.put("function", function.text());
  if (out.calls.size() > 1) out.calls.push_back(',');
  one.write(out.calls);
  calls_.push_back({from.id, from.name});
}

std::string_view message_writer::name_of(std::string_view id) const {
  for (auto each = calls_.rbegin(); each != calls_.rend(); ++each) {
    if (each->id == id) return each->name;
  }
  return {};
}

routes::result<void> message_writer::result(const chat::part& from) {
  pieces said;
  for (const auto& each : from.content) {
    const auto written = part(each, said);
    if (written.has_error()) return written;
  }
  if (from.failed) {
    note(notes_, "tool result: that it failed stands in its text");
    said.text.insert(0, "Error: ");
  }
  put("tool", said, &from);
  return {};
}

void message_writer::put(std::string_view role, const pieces& what, const chat::part* result) {
  member_list one;
  one.put_text("role", role);
  one.put_text("content", what.text);
  if (!what.thinking.empty()) one.put_text("thinking", what.thinking);
  if (what.images.size() > 1) one.put("images", what.images + "]");
  if (what.calls.size() > 1) one.put("tool_calls", what.calls + "]");
  if (result) {
    const std::string_view known = name_of(result->id);
    const std::string_view name = known.empty() ? std::string_view(result->name) : known;
    if (!name.empty()) one.put_text("tool_name", name);
    if (!result->id.empty()) one.put_text("tool_call_id", result->id);
  }
  if (out_.size() > 1) out_.push_back(',');
  one.write(out_);
}

}  // namespace nearfar::providers::ollama_chat
