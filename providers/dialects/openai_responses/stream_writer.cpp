#include "providers/dialects/openai_responses/stream_writer.hpp"

#include "providers/dialects/openai_chat/request_writer.hpp"
#include "providers/dialects/openai_responses/answer_items.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace nearfar::providers::openai_responses {

using openai_chat::append_json_string;

namespace {

item_status ended_as(chat::finish why) {
  return status_of(why) == response_status::completed ? item_status::completed : item_status::incomplete;
}

}  // namespace

stream_writer::stream_writer(const answer_terms& terms) : response_(terms), issuer_(terms.issuer) {}

void stream_writer::part_event(std::string& to, std::string_view type) {
  events_.item(to, type, output_, item_id_);
  fmt::format_to(std::back_inserter(to), ",\"{}\":{}",
                 item_ == open_item::reasoning ? "summary_index" : "content_index", content_index_);
}

void stream_writer::delta(std::string& to, std::string_view type, std::string_view piece,
                          bool with_logprobs) {
  part_event(to, type);
  to.push_back(',');
  append_member(to, "delta", piece);
  if (with_logprobs) to.append(",\"logprobs\":[]");
  events_.end(to);
}

void stream_writer::response_event(std::string& to, std::string_view type, const response_text::ending& how) {
  events_.begin(to, type);
  to.append(",\"response\":");
  response_.append(to, how);
  events_.end(to);
}

void stream_writer::begin(std::string& to) {
  if (begun_) return;
  begun_ = true;
  response_event(to, "response.created", {});
  response_event(to, "response.in_progress", {});
}

void stream_writer::write(const chat::answer_event& happened, std::string& to) {
  using kind = chat::event_kind;
  if (over_ || happened.choice != 0) return;
  if (happened.kind == kind::start && !begun_) {
    response_.name(happened.id, happened.name, happened.created);
  }
  if (happened.kind == kind::error) {
    client_error why = server_failure();
    if (happened.failure != nullptr) why.kind = happened.failure->kind;
    return fail(why, to);
  }
  if (happened.kind == kind::ping) return keep_alive(to);
  begin(to);
  switch (happened.kind) {
    case kind::text:
      return text(happened, open_part::text, to);
    case kind::refusal:
      return text(happened, open_part::refusal, to);
    case kind::thinking:
      return thinking(happened.text, to);
    case kind::signature:
      return signature(happened, to);
    case kind::tool_call:
      return tool_call(happened, to);
    case kind::tool_arguments:
      return calls_.arguments(happened, events_, to);
    case kind::media:
      if (happened.media != nullptr) media(*happened.media, to);
      return;
    case kind::annotation:
      return annotation(happened.text, to);
    case kind::logprobs:
      if (part_ == open_part::text) append_logprobs(logprobs_, happened.text);
      return;
    case kind::finish:
      return finish(happened.why, to);
    case kind::usage:
      if (happened.tokens != nullptr) tokens_ = *happened.tokens;
      return;
    case kind::end:
      return end(to);
    default:
      return;
  }
}

void stream_writer::open_message(std::string& to, open_part kind) {
  if (item_ == open_item::message && part_ == kind) return;
  if (item_ == open_item::message) {
    close_part(to);
  } else {
    close_item(to);
    item_ = open_item::message;
    output_ = next_output_++;
    item_id_ = response_.item_id("msg", output_);
    content_index_ = 0;
    parts_.clear();
    events_.added(to, output_);
    append_message_item(to, item_id_, item_status::in_progress, {});
    events_.end(to);
  }
  part_ = kind;
  part_event(to, "response.content_part.added");
  to.append(",\"part\":");
  if (kind == open_part::text) {
    append_text_part(to, {}, {}, {});
  } else {
    append_refusal_part(to, {});
  }
  events_.end(to);
}

void stream_writer::close_part(std::string& to) {
  if (part_ == open_part::none) return;
  std::string whole;
  if (part_ == open_part::text) {
    append_text_part(whole, text_, annotations_, logprobs_);
    part_event(to, "response.output_text.done");
    to.push_back(',');
    append_member(to, "text", text_);
    to.append(",\"logprobs\":[").append(logprobs_).push_back(']');
  } else {
    append_refusal_part(whole, text_);
    part_event(to, "response.refusal.done");
    to.push_back(',');
    append_member(to, "refusal", text_);
  }
  events_.end(to);
  part_event(to, "response.content_part.done");
  to.append(",\"part\":").append(whole);
  events_.end(to);
  if (!parts_.empty()) parts_.push_back(',');
  parts_.append(whole);
  ++content_index_;
  part_ = open_part::none;
  text_.clear();
  annotations_.clear();
  annotation_count_ = 0;
  logprobs_.clear();
}

void stream_writer::close_message(std::string& to) {
  close_part(to);
  std::string item;
  append_message_item(item, item_id_, ended_as(why_), parts_);
  events_.done(to, output_, item);
  item_ = open_item::none;
}

void stream_writer::open_reasoning(std::string& to) {
  if (item_ == open_item::reasoning) return;
  close_item(to);
  item_ = open_item::reasoning;
  output_ = next_output_++;
  item_id_ = response_.item_id("rs", output_);
  content_index_ = 0;
  encrypted_.clear();
  events_.added(to, output_);
  append_reasoning_item(to, item_id_, {}, {});
  events_.end(to);
  part_event(to, "response.reasoning_summary_part.added");
  to.append(",\"part\":");
  append_summary_part(to, {});
  events_.end(to);
}

void stream_writer::close_reasoning(std::string& to) {
  part_event(to, "response.reasoning_summary_text.done");
  to.push_back(',');
  append_member(to, "text", text_);
  events_.end(to);
  std::string summary;
  append_summary_part(summary, text_);
  part_event(to, "response.reasoning_summary_part.done");
  to.append(",\"part\":").append(summary);
  events_.end(to);
  std::string item;
  append_reasoning_item(item, item_id_, summary, encrypted_);
  events_.done(to, output_, item);
  item_ = open_item::none;
  text_.clear();
}

void stream_writer::close_item(std::string& to) {
  if (item_ == open_item::message) close_message(to);
  if (item_ == open_item::reasoning) close_reasoning(to);
}

void stream_writer::text(const chat::answer_event& happened, open_part kind, std::string& to) {
  if (happened.text.empty()) return;
  open_message(to, kind);
  text_.append(happened.text);
  const bool is_text = kind == open_part::text;
  delta(to, is_text ? "response.output_text.delta" : "response.refusal.delta", happened.text, is_text);
  last_ = said_last::text;
}

void stream_writer::thinking(std::string_view piece, std::string& to) {
  if (piece.empty()) return;
  // What follows a signature is another thought, with a signature of its own.
  if (item_ == open_item::reasoning && !encrypted_.empty()) close_reasoning(to);
  open_reasoning(to);
  text_.append(piece);
  delta(to, "response.reasoning_summary_text.delta", piece, false);
  last_ = said_last::thoughts;
}

void stream_writer::signature(const chat::answer_event& happened, std::string& to) {
  if (happened.text.empty()) return;
  const std::string_view issuer = issuer_.empty() ? happened.issuer : std::string_view(issuer_);
  seal what{.what = sealed::thoughts, .issuer = issuer, .call_id = {}, .signature = happened.text};
  if (happened.redacted) {
    what.what = sealed::redacted;
  } else if (item_ == open_item::reasoning && last_ == said_last::thoughts && encrypted_.empty()) {
    encrypted_ = write_seal(what);
    return;
  } else if (last_ == said_last::call && !calls_.last_id().empty()) {
    what.what = sealed::call;
    what.call_id = calls_.last_id();
  } else if (last_ == said_last::text) {
    what.what = sealed::text;
  }
  close_item(to);
  sealed_item(what, to);
}

// An item that is a signature and nothing else.
void stream_writer::sealed_item(const seal& what, std::string& to) {
  const std::uint32_t output = next_output_++;
  const std::string id = response_.item_id("rs", output);
  events_.added(to, output);
  append_reasoning_item(to, id, {}, {});
  events_.end(to);
  std::string item;
  append_reasoning_item(item, id, {}, write_seal(what));
  events_.done(to, output, item);
}

void stream_writer::tool_call(const chat::answer_event& happened, std::string& to) {
  if (calls_.has(happened.index)) return;  // ids and names that are said again
  close_item(to);
  calls_.open(happened, next_output_++, response_, events_, to);
  last_ = said_last::call;
}

void stream_writer::media(const chat::media_source& what, std::string& to) {
  close_item(to);
  const std::uint32_t output = next_output_++;
  std::string item;
  if (what.mime.starts_with("audio/")) {
    const std::string id = response_.item_id("msg", output);
    std::string part;
    append_audio_part(part, what.data);
    events_.added(to, output);
    append_message_item(to, id, item_status::in_progress, {});
    events_.end(to);
    for (const std::string_view type : {"response.content_part.added", "response.content_part.done"}) {
      events_.item(to, type, output, id);
      to.append(",\"content_index\":0,\"part\":").append(part);
      events_.end(to);
    }
    append_message_item(item, id, item_status::completed, part);
  } else {
    const std::string id = response_.item_id("ig", output);
    events_.added(to, output);
    append_image_item(to, id, "in_progress", {});
    events_.end(to);
    for (const std::string_view type :
         {"response.image_generation_call.in_progress", "response.image_generation_call.generating",
          "response.image_generation_call.completed"}) {
      events_.item(to, type, output, id);
      events_.end(to);
    }
    append_image_item(item, id, "completed", what.data.empty() ? what.url : what.data);
  }
  events_.done(to, output, item);
  last_ = said_last::nothing;
}

void stream_writer::annotation(std::string_view json, std::string& to) {
  std::string flat;
  if (!append_annotation(flat, json)) return;
  // A citation may come before the first word, and after the last.
  open_message(to, open_part::text);
  part_event(to, "response.output_text.annotation.added");
  fmt::format_to(std::back_inserter(to), ",\"annotation_index\":{},\"annotation\":", annotation_count_++);
  to.append(flat);
  events_.end(to);
  if (!annotations_.empty()) annotations_.push_back(',');
  annotations_.append(flat);
}

void stream_writer::finish(chat::finish why, std::string& to) {
  why_ = why;
  close_item(to);
  calls_.close(ended_as(why_), events_, to);
}

void stream_writer::end(std::string& to) {
  finish(why_, to);
  const std::string all = events_.items();
  response_text::ending how{.status = status_of(why_), .why = why_, .output = all};
  if (tokens_) how.tokens = &*tokens_;
  const client_error failure = server_failure();
  if (how.status == response_status::failed) how.failure = &failure;
  response_event(to,
                 how.status == response_status::completed    ? "response.completed"
                 : how.status == response_status::incomplete ? "response.incomplete"
                                                             : "response.failed",
                 how);
  over_ = true;
}

void stream_writer::fail(const client_error& why, std::string& to) {
  if (over_) return;
  over_ = true;
  if (begun_) {
    const std::string all = events_.items();
    response_text::ending how{.status = response_status::failed, .failure = &why, .output = all};
    if (tokens_) how.tokens = &*tokens_;
    response_event(to, "response.failed", how);
    return;
  }
  events_.begin(to, "error");
  to.push_back(',');
  append_member(to, "code", failure_code(why));
  to.push_back(',');
  append_member(to, "message", why.message);
  to.append(",\"param\":");
  if (why.param.empty()) {
    to.append("null");
  } else {
    append_json_string(to, why.param);
  }
  events_.end(to);
}

void stream_writer::keep_alive(std::string& to) {
  to.append(": keep-alive\n\n");
}

void stream_writer::adopt(const begun_answer& from) {
  begun_ = true;
  events_.go_on_at(from.sequence);
  response_.name(from.id, from.model, from.created);
  for (const chat::part& each : from.before) {
    std::string item;
    if (append_part_item(item, each, response_, next_output_, issuer_)) events_.keep(next_output_, item);
    ++next_output_;
  }
  if (from.said.empty() && from.item_id.empty()) {
    next_output_ = std::max(next_output_, from.block);
    return;
  }
  item_ = open_item::message;
  part_ = open_part::text;
  last_ = said_last::text;
  output_ = from.block;
  next_output_ = output_ + 1;
  item_id_ = from.item_id.empty() ? response_.item_id("msg", output_) : from.item_id;
  text_ = from.said;
}

}  // namespace nearfar::providers::openai_responses
