#include "providers/dialects/anthropic_messages/stream_writer.hpp"

#include "providers/dialects/anthropic_messages/block_parser.hpp"
#include "providers/dialects/anthropic_messages/call_id.hpp"
#include "providers/dialects/anthropic_messages/error_writer.hpp"
#include "providers/dialects/anthropic_messages/json_text.hpp"
#include "providers/dialects/anthropic_messages/message_writer.hpp"
#include "providers/dialects/anthropic_messages/stop_reason.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace nearfar::providers::anthropic_messages {

using chat::answer_event;
using chat::event_kind;
using openai_chat::append_json_string;

void stream_writer::write(const answer_event& event, std::string& to) {
  if (ended_ || event.choice != 0) return;
  if (event.kind == event_kind::start) return head(&event, to);
  if (event.kind == event_kind::ping) return keep_alive(to);
  if (event.kind == event_kind::error && event.failure) return error(*event.failure, to);
  head(nullptr, to);
  switch (event.kind) {
    case event_kind::refusal:
      refused_ = true;
      return text(event.text, to);
    case event_kind::text:
      return text(event.text, to);
    case event_kind::thinking:
      return thinking(event.text, to);
    case event_kind::signature:
      return signature(event, to);
    case event_kind::tool_call:
      return begin_call(event, to);
    case event_kind::tool_arguments:
      return arguments(event, to);
    case event_kind::media:
      if (event.media) text(media_text(*event.media), to);
      return;
    case event_kind::finish:
      why_ = event.why;
      native_.assign(event.native);
      stop_sequence_.assign(event.stop_sequence);
      return;
    case event_kind::usage:
      if (event.tokens) tokens_ = *event.tokens;
      return;
    case event_kind::end:
      return end(to);
    default:
      return;
  }
}

void stream_writer::head(const answer_event* start, std::string& to) {
  if (begun_) return;
  begun_ = true;
  if (start && start->tokens) {
    tokens_ = *start->tokens;
  } else if (terms_.asked) {
    // The upstream's count comes at the end, and overwrites it.
    tokens_.input = terms_.asked->facts.input_tokens;
  }
  to.append("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{");
  append_member(to, "id", message_id(start ? start->id : std::string_view{}, terms_.id));
  to.append(",\"type\":\"message\",\"role\":\"assistant\"");
  append_member(to, "model", terms_.model.empty() && start ? start->name : terms_.model);
  to.append(",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{");
  append_usage(to, tokens_);
  to.append("}}}\n\n");
}

void stream_writer::begin(block kind, std::string_view start, std::string& to) {
  close(to);
  open_ = kind;
  signed_ = false;
  fmt::format_to(std::back_inserter(to),
                 "event: content_block_start\ndata: {{\"type\":\"content_block_start\",\"index\":{},"
                 "\"content_block\":{}}}\n\n",
                 next_, start);
  ++next_;
}

void stream_writer::delta(std::string_view type, std::string_view key, std::string_view value,
                          std::string& to) {
  fmt::format_to(std::back_inserter(to),
                 "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":{},"
                 "\"delta\":{{\"type\":\"{}\",\"{}\":",
                 next_ - 1, type, key);
  append_json_string(to, value);
  to.append("}}\n\n");
}

void stream_writer::close(std::string& to) {
  if (open_ == block::none) return;
  open_ = block::none;
  fmt::format_to(std::back_inserter(to),
                 "event: content_block_stop\ndata: {{\"type\":\"content_block_stop\",\"index\":{}}}\n\n",
                 next_ - 1);
}

void stream_writer::text(std::string_view piece, std::string& to) {
  if (piece.empty()) return;
  end_calls(to);
  if (open_ != block::text) begin(block::text, "{\"type\":\"text\",\"text\":\"\"}", to);
  delta("text_delta", "text", piece, to);
}

void stream_writer::thinking(std::string_view piece, std::string& to) {
  if (piece.empty()) return;
  end_calls(to);
  if (open_ != block::thinking || signed_)
    begin(block::thinking, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}", to);
  delta("thinking_delta", "thinking", piece, to);
}

void stream_writer::signature(const answer_event& event, std::string& to) {
  const std::string_view issuer = event.issuer.empty() ? terms_.issuer : event.issuer;
  if (event.redacted) {
    end_calls(to);
    return redacted(signature_text(event.text, issuer), to);
  }
  if (!calls_.empty() && !calls_.back().ended && open_ != block::thinking) {
    call& of = calls_.back();  // goes out behind its block
    of.signature.assign(event.text);
    of.issuer.assign(issuer);
    return;
  }
  if (open_ == block::text) {
    return redacted(signature_text(std::string{of_text}.append(event.text), issuer), to);
  }
  if (open_ != block::thinking || signed_)
    begin(block::thinking, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}", to);
  delta("signature_delta", "signature", signature_text(event.text, issuer), to);
  signed_ = true;
}

void stream_writer::redacted(std::string_view data, std::string& to) {
  std::string start = "{\"type\":\"redacted_thinking\",\"data\":";
  append_json_string(start, data);
  start.push_back('}');
  begin(block::thinking, start, to);
  close(to);
}

stream_writer::call* stream_writer::find(std::uint32_t index) {
  const auto found =
      std::find_if(calls_.rbegin(), calls_.rend(), [&](const call& each) { return each.index == index; });
  return found == calls_.rend() ? nullptr : &*found;
}

void stream_writer::begin_call(const answer_event& event, std::string& to) {
  if (find(event.index)) return;  // some name a call in every piece of it
  call& made = calls_.emplace_back();
  made.index = event.index;
  made.id =
      event.id.empty() ? fmt::format("toolu_{}_{}", call_id(terms_.id), event.index) : call_id(event.id);
  made.name.assign(event.name);
  advance(to);
}

void stream_writer::arguments(const answer_event& event, std::string& to) {
  call* of = find(event.index);
  if (!of || of->ended || event.text.empty()) return;
  of->waiting.append(event.text);
  of->extent.take(event.text);
  advance(to);
}

void stream_writer::pass_on(call& each, std::string& to) {
  if (!each.begun) {
    each.begun = true;
    std::string start = "{\"type\":\"tool_use\"";
    append_member(start, "id", each.id);
    append_member(start, "name", each.name);
    start.append(",\"input\":{}}");
    begin(block::call, start, to);
  }
  if (each.waiting.empty()) return;
  delta("input_json_delta", "partial_json", each.waiting, to);
  each.said = true;
  each.waiting.clear();
}

// The oldest call that is not over goes out as it comes; one that is over makes room for the next.
void stream_writer::advance(std::string& to) {
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    call& each = calls_[i];
    if (each.ended) continue;
    pass_on(each, to);
    // The last one stays open: its signature, or blanks behind its arguments, may still come.
    if (!each.extent.whole() || i + 1 == calls_.size()) return;
    end_call(each, to);
  }
}

void stream_writer::end_calls(std::string& to) {
  for (call& each : calls_) {
    if (each.ended) continue;
    pass_on(each, to);
    end_call(each, to);
  }
}

void stream_writer::end_call(call& each, std::string& to) {
  if (!each.said) delta("input_json_delta", "partial_json", "{}", to);
  each.ended = true;
  close(to);
  if (!each.signature.empty())
    redacted(signature_text(std::string{of_call}.append(each.signature), each.issuer), to);
}

void stream_writer::error(const routes::error& failure, std::string& to) {
  client_error why;
  why.kind = failure.kind;
  why.status = failure.status != 0 ? failure.status : 502;
  why.message =
      fmt::format("the upstream failed in the midst of its answer: {}", routes::to_string(failure.kind));
  why.id = terms_.id;
  fail(why, to);
}

void stream_writer::end(std::string& to) {
  if (why_ == chat::finish::error) {
    return error(routes::make_error(routes::error_kind::server_error, "the answer ends with an error"), to);
  }
  const bool calls = !calls_.empty();
  end_calls(to);
  close(to);
  ended_ = true;
  to.append("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"");
  to.append(stop_reason({.why = why_,
                         .native = native_,
                         .stopped_by_sequence = !stop_sequence_.empty(),
                         .calls = calls,
                         .refused = refused_}));
  to.append("\",\"stop_sequence\":");
  if (stop_sequence_.empty()) {
    to.append("null");
  } else {
    append_json_string(to, stop_sequence_);
  }
  to.append("},\"usage\":{");
  append_usage(to, tokens_);
  to.append("}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
}

void stream_writer::fail(const client_error& why, std::string& to) {
  if (ended_) return;
  ended_ = true;
  append_error_event(to, why);
}

void stream_writer::keep_alive(std::string& to) {
  if (ended_) return;
  head(nullptr, to);
  to.append("event: ping\ndata: {\"type\":\"ping\"}\n\n");
}

void stream_writer::adopt(const begun_answer& from) {
  begun_ = true;
  if (from.said.empty()) {
    next_ = std::max(from.block, static_cast<std::uint32_t>(from.before.size()));
    return;
  }
  open_ = block::text;
  next_ = from.block + 1;
}

}  // namespace nearfar::providers::anthropic_messages
