#include "gateway/leg_stream.hpp"

namespace nearfar::gateway {

using providers::handover::splice_state;

namespace {

providers::chat::finish finish_of(std::string_view reason) {
  using providers::chat::finish;
  if (reason == "stop") return finish::stop;
  if (reason == "length") return finish::length;
  if (reason == "content_filter") return finish::content_filter;
  return finish::other;
}

}  // namespace

leg_stream::leg_stream(const stream_so_far& so_far, config::continuation_kind kind,
                       providers::stream_writer& to)
    : so_far_(so_far), kind_(kind), writer_(to), said_(so_far.said) {}

void leg_stream::begin(const providers::handover::asked& how) {
  kind_ = how.kind;
  seam_ = std::make_unique<providers::handover::splicer>(so_far_.said, how.seam);
}

void leg_stream::let_out(std::string_view text, std::string& events) {
  if (text.empty()) return;
  spoke_ = true;
  said_ += text;
  writer_.write({.kind = providers::chat::event_kind::text, .text = text}, events);
}

void leg_stream::take(const providers::stream_observer& seen) {
  events_.clear();
  ready_ = {};
  if (unfit_) return;
  const std::string_view text = seen.text();
  out_.clear();
  seam_->feed(text.substr(taken_), out_);
  taken_ = text.size();
  let_out(out_, events_);
  ready_ = events_;
  if (seam_->state() == splice_state::mismatch) {
    unfit_ =
        routes::make_error(routes::error_kind::bad_answer, "it says something else than was said so far");
  } else if (seen.tool_calls()) {
    unfit_ = routes::make_error(routes::error_kind::bad_answer, "it calls a tool instead of going on");
  }
}

std::span<const std::string_view> leg_stream::ready() const {
  return ready_.empty() ? std::span<const std::string_view>{} : std::span(&ready_, 1);
}

std::optional<std::string> leg_stream::ending(const providers::stream_observer& seen,
                                              const std::optional<providers::usage>& sum) {
  std::string events;
  out_.clear();
  seam_->finish(out_);
  if (seam_->state() == splice_state::mismatch) return std::nullopt;
  let_out(out_, events);
  using providers::chat::event_kind;
  const std::string& reason = seen.finish_reason();
  writer_.write({.kind = event_kind::finish, .why = finish_of(reason), .native = reason}, events);
  if (sum) writer_.write({.kind = event_kind::usage, .tokens = &*sum}, events);
  writer_.write({.kind = event_kind::end}, events);
  return events;
}

}  // namespace nearfar::gateway
