#include "providers/dialects/openai_chat/stream_writer.hpp"

#include "providers/dialects/openai_chat/answer_text.hpp"
#include "providers/dialects/openai_chat/error_writer.hpp"
#include "providers/dialects/openai_chat/finish_words.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

namespace nearfar::providers::openai_chat {

using chat::answer_event;
using chat::event_kind;

namespace {

constexpr std::uint32_t max_choices = 128;

}  // namespace

stream_writer::stream_writer(const answer_terms& terms) : terms_(terms) {}

void stream_writer::begin(std::string_view id, std::int64_t created, std::string_view model) {
  if (!head_.empty()) return;
  id_ = id.empty() ? terms_.id : id;
  model_ = terms_.model.empty() ? model : terms_.model;
  created_ = created == 0 ? terms_.now : created;
  head_ = "data: {\"id\":";
  append_json_string(head_, id_);
  head_.append(",\"object\":\"chat.completion.chunk\",\"created\":").append(std::to_string(created_));
  head_.append(",\"model\":");
  append_json_string(head_, model_);
  head_.push_back(',');
}

void stream_writer::adopt(const begun_answer& from) {
  terms_.model = {};
  begin(from.id, from.created, from.model);
  choices_.resize(1);
  choices_.front().begun = true;
}

void stream_writer::open(std::uint32_t index, std::string& to) const {
  to.append(head_).append("\"choices\":[{\"index\":").append(std::to_string(index)).append(",\"delta\":{");
}

// Closes the delta and the chunk.
void stream_writer::shut(std::string& to, std::string_view reason) {
  if (reason.empty()) {
    to.append("},\"finish_reason\":null}]}\n\n");
    return;
  }
  to.append("},\"finish_reason\":\"").append(reason).append("\"}]}\n\n");
}

stream_writer::choice& stream_writer::at(std::uint32_t index, std::string& to) {
  begin({}, 0, {});
  if (choices_.size() <= index) choices_.resize(index + 1);
  choice& one = choices_[index];
  if (!one.begun) {
    one.begun = true;
    open(index, to);
    to.append("\"role\":\"assistant\",\"content\":\"\"");
    shut(to);
  }
  return one;
}

void stream_writer::write(const answer_event& event, std::string& to) {
  if (over_ || event.choice >= max_choices) return;
  switch (event.kind) {
    case event_kind::start:
      begin(event.id, event.created, event.name);
      at(0, to);
      return;
    case event_kind::text:
      return member(event, "content", to);
    case event_kind::refusal:
      return member(event, "refusal", to);
    case event_kind::thinking:
      return thinking(event, to);
    case event_kind::signature:
      return signature(event, to);
    case event_kind::tool_call:
      return call(event, to);
    case event_kind::tool_arguments:
      return arguments(event, to);
    case event_kind::media:
      return media(event, to);
    case event_kind::annotation:
    case event_kind::logprobs:
      return raw(event, to);
    case event_kind::finish:
      at(event.choice, to).why = event.why;
      return;
    case event_kind::usage:
      if (event.tokens != nullptr) tokens_ = *event.tokens;
      return;
    case event_kind::ping:
      return keep_alive(to);
    case event_kind::error:  // whoever drives the stream decides whether it fails
      return;
    case event_kind::end:
      return end(to);
  }
}

void stream_writer::member(const answer_event& event, std::string_view name, std::string& to) {
  if (event.text.empty()) return;
  at(event.choice, to).said = last::text;
  open(event.choice, to);
  to.append("\"").append(name).append("\":");
  append_json_string(to, event.text);
  shut(to);
}

void stream_writer::thinking(const answer_event& event, std::string& to) {
  if (event.text.empty()) return;
  choice& one = at(event.choice, to);
  if (one.said != last::thinking) one.thoughts.clear();
  one.said = last::thinking;
  one.thoughts.append(event.text);
  open(event.choice, to);
  to.append("\"reasoning_content\":");
  append_json_string(to, event.text);
  to.append(",\"reasoning\":");
  append_json_string(to, event.text);
  shut(to);
}

void stream_writer::signature(const answer_event& event, std::string& to) {
  choice& one = at(event.choice, to);
  const std::string_view issuer = event.issuer.empty() ? terms_.issuer : event.issuer;
  open(event.choice, to);
  if (one.said == last::call || !event.id.empty()) {
    const std::uint32_t index = event.id.empty() ? one.call : event.index;
    to.append("\"tool_calls\":[{\"index\":").append(std::to_string(index)).push_back(',');
    append_call_signature(to, event.text, issuer);
    to.append("}]");
    if (index != one.call || !one.call_detailed) call_detail(one, one.id_of(index), event.text, issuer, to);
  } else {
    to.append("\"reasoning_details\":[");
    append_detail(to, one.details++, {one.thoughts, event.text, issuer, event.redacted});
    to.push_back(']');
    one.thoughts.clear();
  }
  shut(to);
}

// With the call as it begins where that can be: OpenRouter's SDK hands a call on once its arguments are
// whole, with the details that it has by then.
void stream_writer::call_detail(choice& one, std::string_view id, std::string_view text,
                                std::string_view issuer, std::string& to) const {
  if (id.empty() || !goes_into_details(issuer)) return;
  if (!one.thoughts.empty()) ++one.details;  // clients count thoughts that nobody signed as an entry
  one.thoughts.clear();
  to.append(",\"reasoning_details\":[");
  append_detail(to, one.details++, {{}, text, issuer, true, id});
  to.push_back(']');
}

void stream_writer::call(const answer_event& event, std::string& to) {
  choice& one = at(event.choice, to);
  one.said = last::call;
  one.call = event.index;
  if (event.index < max_choices * max_choices) {
    if (one.forms.size() <= event.index) one.forms.resize(event.index + 1, chat::call_form::function);
    if (one.ids.size() <= event.index) one.ids.resize(event.index + 1);
    one.forms[event.index] = event.form;
    one.ids[event.index] = event.id;
  }
  const bool custom = event.form == chat::call_form::custom;
  open(event.choice, to);
  to.append("\"tool_calls\":[{\"index\":").append(std::to_string(event.index)).append(",\"id\":");
  append_json_string(to, event.id);
  to.append(custom ? ",\"type\":\"custom\",\"custom\":{\"name\":"
                   : ",\"type\":\"function\",\"function\":{\"name\":");
  append_json_string(to, event.name);
  to.append(custom ? ",\"input\":\"\"}}]" : ",\"arguments\":\"\"}}]");
  one.call_detailed = !event.signed_with.empty();
  if (one.call_detailed)
    call_detail(one, event.id, event.signed_with, event.issuer.empty() ? terms_.issuer : event.issuer, to);
  shut(to);
}

void stream_writer::arguments(const answer_event& event, std::string& to) {
  if (event.text.empty()) return;
  choice& one = at(event.choice, to);
  one.said = last::call;
  one.call = event.index;
  const bool custom = event.index < one.forms.size() && one.forms[event.index] == chat::call_form::custom;
  open(event.choice, to);
  to.append("\"tool_calls\":[{\"index\":").append(std::to_string(event.index));
  to.append(custom ? ",\"custom\":{\"input\":" : ",\"function\":{\"arguments\":");
  append_json_string(to, event.text);
  to.append("}}]");
  shut(to);
}

void stream_writer::media(const answer_event& event, std::string& to) {
  if (event.media == nullptr) return;
  at(event.choice, to).said = last::text;
  open(event.choice, to);
  if (is_image(*event.media)) {
    to.append("\"images\":[");
    append_image(to, *event.media);
    to.push_back(']');
  } else {
    to.append("\"audio\":{\"id\":");
    append_json_string(to, id_);
    to.append(",\"data\":");
    append_json_string(to, event.media->data);
    to.push_back('}');
  }
  shut(to);
}

// JSON of OpenAI's shape: as it came.
void stream_writer::raw(const answer_event& event, std::string& to) {
  if (event.text.empty()) return;
  at(event.choice, to);
  open(event.choice, to);
  if (event.kind == event_kind::annotation) {
    to.append("\"annotations\":[").append(event.text).append("]");
    return shut(to);
  }
  to.append("},\"logprobs\":").append(event.text).append(",\"finish_reason\":null}]}\n\n");
}

void stream_writer::end(std::string& to) {
  at(0, to);
  over_ = true;
  for (std::uint32_t i = 0; i < choices_.size(); ++i) {
    choice& one = choices_[i];
    if (!one.begun) continue;
    const bool called =
        !one.forms.empty() && (one.why == chat::finish::stop || one.why == chat::finish::none);
    open(i, to);
    shut(to, word_of(called ? chat::finish::tool_calls : one.why));
  }
  if (terms_.include_usage && tokens_) {
    to.append(head_).append("\"choices\":[],\"usage\":");
    append_usage(to, *tokens_);
    to.append("}\n\n");
  }
  to.append("data: [DONE]\n\n");
}

void stream_writer::fail(const client_error& why, std::string& to) {
  if (over_) return;
  over_ = true;
  begin({}, 0, {});
  to.append(error_event(id_, static_cast<std::uint64_t>(created_), model_, why.code, why.message));
}

void stream_writer::keep_alive(std::string& to) {
  to.append(": keep-alive\n\n");
}

}  // namespace nearfar::providers::openai_chat
