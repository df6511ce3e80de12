#include "gateway/stream_filter.hpp"

#include <utility>

namespace nearfar::gateway {

namespace {

// One garbled event is a hiccup; this many in a row are a broken stream.
constexpr unsigned bad_in_row_limit = 3;

}  // namespace

void stream_filter::reset(std::uint32_t choices, usage_chunk usage) {
  events_.reset();
  seen_.reset(choices);
  ready_.clear();
  usage_ = usage;
  state_ = stream_state::open;
  why_ = {};
  bad_ = 0;
  bad_in_row_ = 0;
}

stream_state stream_filter::feed(std::string_view bytes) {
  ready_.clear();
  events_.push(bytes);
  providers::sse_event event;
  while (state_ != stream_state::done && state_ != stream_state::broken) {
    const auto more = events_.next(event);
    if (!more) {
      fail(more.error());
      break;
    }
    if (!*more) break;
    take(event);
  }
  return state_;
}

void stream_filter::take(const providers::sse_event& event) {
  using providers::openai_chat::event_kind;
  const auto kind = seen_.observe(event);
  if (kind == event_kind::bad) {
    ++bad_;
    if (++bad_in_row_ >= bad_in_row_limit) {
      fail(routes::make_error(routes::error_kind::bad_event, "three malformed events in a row"));
    }
    return;
  }
  bad_in_row_ = 0;
  switch (kind) {
    case event_kind::error:
      fail(seen_.last_error().value_or(
          routes::make_error(routes::error_kind::server_error, "an error event without a reason")));
      return;
    case event_kind::usage_only:
      if (usage_ == usage_chunk::withhold) return;
      break;
    case event_kind::finish:
      state_ = stream_state::finished;
      break;
    case event_kind::done:
      state_ = stream_state::done;
      break;
    default:
      break;
  }
  pass(event.raw);
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

stream_state stream_filter::end() {
  ready_.clear();
  if (state_ == stream_state::open) {
    fail(routes::make_error(routes::error_kind::broken, events_.pending() > 0
                                                            ? "the stream ended inside an event"
                                                            : "the stream ended without a finish reason"));
  }
  return state_;
}

}  // namespace nearfar::gateway
