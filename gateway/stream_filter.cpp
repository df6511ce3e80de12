#include "gateway/stream_filter.hpp"

#include <utility>

namespace nearfar::gateway {

namespace {

using providers::observed;

// One garbled event is a hiccup; this many in a row are a broken stream.
constexpr unsigned bad_in_row_limit = 3;

// What a stream that passed byte for byte lacks when it has finished and its end has not come. Gemini and
// the Responses API say no more than what they finish with.
std::string_view end_of(config::dialect speaks) {
  switch (speaks) {
    case config::dialect::openai_chat:
    case config::dialect::openai_completions:
      return "data: [DONE]\n\n";
    case config::dialect::anthropic_messages:
      return "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    default:
      return {};
  }
}

}  // namespace

void stream_filter::reset(std::uint32_t choices, usage_chunk usage, const stream_way& way) {
  events_.reset();
  lines_.reset();
  way_ = way;
  by_lines_ = false;
  const auto* codec = providers::codec_of(way.speaks);
  // A chunk that passes is only watched: the fast observer builds no events.
  if ((way.speaks == config::dialect::openai_chat && way.writer == nullptr) || codec == nullptr) {
    seen_ = &chat_;
  } else {
    if (!other_ || other_speaks_ != way.speaks) other_ = std::make_unique<providers::event_observer>(*codec);
    other_speaks_ = way.speaks;
    other_->expect(way.quirks);
    seen_ = other_.get();
    by_lines_ = codec->streams_as() == providers::framing::ndjson;
  }
  seen_->reset(choices);
  custom_.expect(way.as_functions);
  way_.as_functions = {};
  ready_.clear();
  written_.clear();
  usage_ = usage;
  state_ = stream_state::open;
  why_ = {};
  bad_ = 0;
  bad_in_row_ = 0;
}

template <class Reader>
void stream_filter::drain(Reader& from, std::string_view bytes) {
  from.push(bytes);
  providers::sse_event event;
  while (state_ != stream_state::done && state_ != stream_state::broken) {
    const auto more = from.next(event);
    if (!more) {
      fail(more.error());
      break;
    }
    if (!*more) break;
    take(event);
  }
}

stream_state stream_filter::feed(std::string_view bytes) {
  ready_.clear();
  written_.clear();
  // Nothing is looked at behind an end.
  if (state_ == stream_state::done || state_ == stream_state::broken) return state_;
  if (by_lines_) {
    drain(lines_, bytes);
  } else {
    drain(events_, bytes);
  }
  if (!written_.empty()) ready_.push_back(written_);
  return state_;
}

void stream_filter::take(const providers::sse_event& event) {
  const auto kind = seen_->observe(event);
  if (kind == observed::bad) {
    ++bad_;
    if (++bad_in_row_ >= bad_in_row_limit) {
      fail(routes::make_error(routes::error_kind::bad_event, "three malformed events in a row"));
    }
    return;
  }
  bad_in_row_ = 0;
  if (translates()) {
    translate(written_);
    move_on(kind);
    return;
  }
  move_on(kind);
  if (kind == observed::error) return;
  if (kind == observed::usage_only && usage_ == usage_chunk::withhold) return;
  pass(event.raw);
}

void stream_filter::move_on(observed what) {
  switch (what) {
    case observed::error:
      fail(seen_->last_error().value_or(
          routes::make_error(routes::error_kind::server_error, "an error event without a reason")));
      break;
    case observed::finish:
      state_ = stream_state::finished;
      break;
    case observed::done:
      // An end without a finish reason is none.
      if (seen_->finished() || seen_ == &chat_) {
        state_ = stream_state::done;
      } else {
        fail(routes::make_error(routes::error_kind::broken, "the stream ended without a finish reason"));
      }
      break;
    default:
      break;
  }
}

// Each event goes out with the read that brought it; the writer alone keeps back what its dialect says last.
void stream_filter::translate(std::string& to) {
  if (!custom_.expects_any()) {
    for (const auto& event : other_->events()) way_.writer->write(event, to);
    return;
  }
  for (const auto& event : other_->events()) {
    for (const auto& one : custom_.take(event)) way_.writer->write(one, to);
  }
}

// Events that stand side by side in memory go out as one piece.
void stream_filter::pass(std::string_view raw) {
  if (!ready_.empty() && ready_.back().data() + ready_.back().size() == raw.data()) {
    ready_.back() = {ready_.back().data(), ready_.back().size() + raw.size()};
  } else {
    ready_.push_back(raw);
  }
}

void stream_filter::fail(routes::error e) {
  why_ = std::move(e);
  state_ = stream_state::broken;
}

std::size_t stream_filter::pending() const {
  return by_lines_ ? lines_.pending() : events_.pending();
}

stream_state stream_filter::end() {
  if (seen_ != &chat_ && state_ == stream_state::open) {
    const auto kind = other_->close();
    const std::size_t before = written_.size();
    if (translates()) translate(written_);
    if (written_.size() > before) ready_.assign(1, written_);
    if (kind != observed::nothing) move_on(kind);
  }
  if (state_ == stream_state::open) {
    fail(routes::make_error(routes::error_kind::broken, pending() > 0
                                                            ? "the stream ended inside an event"
                                                            : "the stream ended without a finish reason"));
  }
  return state_;
}

std::string_view stream_filter::ending() {
  ending_.clear();
  if (state_ == stream_state::done) return {};
  state_ = stream_state::done;
  if (!translates()) return end_of(way_.speaks);
  const bool ends = other_->close() == observed::done;
  translate(ending_);
  if (!ends) way_.writer->write({.kind = providers::chat::event_kind::end}, ending_);
  return ending_;
}

}  // namespace nearfar::gateway
