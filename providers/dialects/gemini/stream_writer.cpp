#include "providers/dialects/gemini/stream_writer.hpp"

#include "providers/dialects/gemini/chunk_writer.hpp"
#include "providers/dialects/gemini/error_writer.hpp"
#include "providers/dialects/gemini/grounding.hpp"
#include "providers/dialects/gemini/words.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace nearfar::providers::gemini {

using chat::event_kind;
using openai_chat::append_json_string;

namespace {

constexpr std::uint32_t max_candidates = 128;

bool is_object(std::string_view text) {
  if (text.empty() || text.front() != '{' || text.back() != '}') return false;
  boost::system::error_code failed;
  const auto v = boost::json::parse({text.data(), text.size()}, failed);
  return !failed && v.is_object();
}

}  // namespace

stream_writer::stream_writer(const answer_terms& terms, stream_form form)
    : form_(form), id_(terms.id), model_(terms.model) {}

stream_writer::candidate_state& stream_writer::of(std::uint32_t choice) {
  const std::uint32_t index = std::min(choice, max_candidates - 1);
  if (index >= candidates_.size()) candidates_.resize(index + 1);
  return candidates_[index];
}

void stream_writer::open(std::string& to) {
  if (form_ == stream_form::events) {
    to.append("data: ");
  } else {
    to.append(begun_ ? ",\n" : "[");
  }
  begun_ = true;
}

void stream_writer::close(std::string& to) {
  if (form_ == stream_form::events) to.append("\n\n");
}

void stream_writer::append_tail(std::string& to) const {
  if (tokens_known_) {
    to.append(",\"usageMetadata\":");
    append_usage(to, tokens_);
  }
  to.append(",\"modelVersion\":");
  append_json_string(to, model_);
  to.append(",\"responseId\":");
  append_json_string(to, id_);
  to.push_back('}');
}

void stream_writer::piece(std::uint32_t choice, std::string_view parts, std::string& to,
                          std::string_view more) {
  open(to);
  to.append("{\"candidates\":[");
  append_candidate(to, parts, more, choice);
  to.push_back(']');
  append_tail(to);
  close(to);
}

void stream_writer::write(const chat::answer_event& event, std::string& to) {
  if (over_ || event.choice >= max_candidates) return;
  parts_.clear();
  switch (event.kind) {
    case event_kind::start:
      if (!begun_ && !event.id.empty()) id_.assign(event.id);
      if (model_.empty()) model_.assign(event.name);
      return;
    case event_kind::text:
    case event_kind::refusal:
    case event_kind::thinking: {
      if (event.text.empty()) return;
      flush(event.choice, false, to);
      auto& state = of(event.choice);
      state.thought_last = event.kind == event_kind::thinking;
      state.call_last = false;
      parts_.clear();
      append_text_part(parts_, event.text, state.thought_last);
      return piece(event.choice, parts_, to);
    }
    case event_kind::signature:
      return sign(event, to);
    case event_kind::tool_call:
      return begin_call(event, to);
    case event_kind::tool_arguments:
      for (auto& each : of(event.choice).calls) {
        if (each.index == event.index && !each.written) each.call.text.append(event.text);
      }
      return;
    case event_kind::media:
      if (!event.media) return;
      flush(event.choice, false, to);
      parts_.clear();
      append_data_part(parts_, *event.media);
      return piece(event.choice, parts_, to);
    case event_kind::annotation:
      of(event.choice).annotations.emplace_back(event.text);
      return;
    case event_kind::logprobs: {
      const auto result = logprobs_result_of(event.text);
      if (!result.empty()) piece(event.choice, {}, to, ",\"logprobsResult\":" + result);
      return;
    }
    case event_kind::finish: {
      auto& state = of(event.choice);
      state.ended = true;
      state.why = event.why;
      state.native.assign(event.native);
      return;
    }
    case event_kind::usage:
      if (event.tokens) tokens_ = *event.tokens;
      tokens_known_ = tokens_known_ || event.tokens;
      return;
    case event_kind::error:
    case event_kind::ping:
      return;  // the one is told of by fail(), the other by keep_alive()
    case event_kind::end:
      return finish(to);
  }
}

void stream_writer::sign(const chat::answer_event& event, std::string& to) {
  auto& state = of(event.choice);
  if (state.call_last && !state.calls.empty() && !state.calls.back().written && !event.redacted) {
    state.calls.back().call.signature.assign(event.text);
    state.calls.back().call.issuer.assign(event.issuer);
    return;
  }
  append_signature_part(parts_, event.issuer, event.text, state.thought_last || event.redacted);
  piece(event.choice, parts_, to);
}

void stream_writer::begin_call(const chat::answer_event& event, std::string& to) {
  flush(event.choice, false, to);
  auto& state = of(event.choice);
  state.call_last = true;
  state.thought_last = false;
  open_call one;
  one.index = event.index;
  one.call.kind = chat::part_kind::tool_call;
  one.call.id.assign(event.id);
  one.call.name.assign(event.name);
  one.call.form = event.form;
  state.calls.push_back(std::move(one));
}

void stream_writer::flush(std::uint32_t choice, bool all, std::string& to) {
  for (auto& each : of(choice).calls) {
    if (each.written) continue;
    // A custom call's free text shows no end of its own.
    const bool whole = each.call.form == chat::call_form::function && is_object(each.call.text);
    if (!whole && !all) return;
    each.written = true;
    parts_.clear();
    append_call_part(parts_, each.call);
    piece(choice, parts_, to);
    each.call = {};
  }
}

void stream_writer::finish(std::string& to) {
  for (std::uint32_t i = 0; i < candidates_.size(); ++i) flush(i, true, to);
  over_ = true;
  if (candidates_.empty()) of(0);
  open(to);
  to.append("{\"candidates\":[");
  bool first = true;
  for (std::uint32_t i = 0; i < candidates_.size(); ++i) {
    const auto& state = candidates_[i];
    std::string more = ",\"finishReason\":\"";
    more.append(finish_reason_of(state.why, state.native)).append("\"");
    const auto sources = grounding_of(state.annotations);
    if (!sources.empty()) more.append(",\"groundingMetadata\":").append(sources);
    if (!first) to.push_back(',');
    first = false;
    append_candidate(to, "{\"text\":\"\"}", more, i);
  }
  to.push_back(']');
  append_tail(to);
  close(to);
  if (form_ == stream_form::array) to.append("]");
}

void stream_writer::fail(const client_error& why, std::string& to) {
  if (over_) return;
  over_ = true;
  open(to);
  to.append(error_body(why));
  close(to);
  if (form_ == stream_form::array) to.append("]");
}

void stream_writer::keep_alive(std::string& to) {
  if (over_) return;
  // Between two elements of an array a blank says nothing.
  to.append(form_ == stream_form::events ? ": keep-alive\n\n" : "\n");
}

void stream_writer::adopt(const begun_answer& from) {
  begun_ = true;
  if (!from.id.empty()) id_ = from.id;
  if (!from.model.empty()) model_ = from.model;
}

}  // namespace nearfar::providers::gemini
