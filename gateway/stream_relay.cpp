// A streamed answer: held until the first content token, then relayed event by event.
#include "gateway/answer_writer.hpp"
#include "gateway/attempt.hpp"
#include "gateway/client_errors.hpp"
#include "gateway/hand_over.hpp"
#include "gateway/warm_standby.hpp"

namespace nearfar::gateway {

namespace {

// After the last finish reason: so long for usage, [DONE] or the end.
constexpr std::chrono::milliseconds after_finish{500};
// Events before the first content token: role chunks and comments. More comments than this are dropped.
constexpr std::size_t held_at_most = 64 * 1024;

// The client has its answer; the connection is worth half a second more to be used again.
providers::task<void> drain(std::unique_ptr<providers::exchange> call) {
  call->clock(steady::now() + after_finish);
  while (!call->complete()) {
    const auto piece = co_await call->read_body();
    if (!piece) co_return;
  }
  call->finish();
}

void let_go(query_state& q, running_attempt& attempt) {
  attempt.cancel = nullptr;
  if (attempt.call->complete()) {
    attempt.call->finish();
  } else {
    providers::spawn(q.on.io, drain(std::move(attempt.call)));
  }
}

void hold(running_attempt& attempt) {
  auto& held = attempt.buffers->held;
  for (const auto piece : attempt.ready) {
    if (held.size() + piece.size() <= held_at_most || !piece.starts_with(':')) held += piece;
  }
  attempt.ready = {};
}

enum class fate : std::uint8_t { go_on, whole, broken };

fate fate_of(const running_attempt& attempt) {
  if (attempt.leg && attempt.leg->unfit()) return fate::broken;
  switch (attempt.buffers->filter.state()) {
    case stream_state::done:
      return fate::whole;
    case stream_state::broken:
      return fate::broken;
    case stream_state::finished:
      return attempt.over ? fate::whole : fate::go_on;
    case stream_state::open:
      return attempt.over ? fate::broken : fate::go_on;
  }
  return fate::broken;
}

// The dialect's end has not come, and the body is over: only now the filter may say so.
const routes::error& reason_of(const running_attempt& attempt) {
  if (attempt.leg && attempt.leg->unfit()) return *attempt.leg->unfit();
  auto& filter = attempt.buffers->filter;
  if (filter.state() == stream_state::open) filter.end();
  return filter.why();
}

// Gives what was read to the filter. An error is the end of the body; after a finish reason it is harmless.
std::optional<routes::error> take_events(query_state& q, running_attempt& attempt,
                                         routes::result<std::string_view> piece) {
  auto& filter = attempt.buffers->filter;
  if (!piece) {
    attempt.over = true;
    attempt.ready = {};
    if (filter.state() == stream_state::finished) return std::nullopt;
    return std::move(piece).error();
  }
  const auto bad_before = filter.bad_events();
  filter.feed(*piece);
  attempt.over = attempt.call->complete();
  if (attempt.over && filter.state() == stream_state::open) filter.end();
  if (attempt.leg) attempt.leg->take(filter.seen());
  attempt.ready = attempt.leg ? attempt.leg->ready() : filter.ready();
  q.on.metrics.bad_events.add(filter.bad_events() - bad_before);
  return std::nullopt;
}

// An answer without a content token. Somebody else may do better; when there is nobody, or the vendor
// withheld it on purpose, the client gets it as it is.
bool passes_empty(const stream_filter& filter, const running_attempt& attempt) {
  return filter.seen().finished() &&
         (attempt.last_candidate || filter.seen().finish_reason() == "content_filter");
}

// Nothing of an answer has gone out yet.
attempt_outcome failed_before_commit(running_attempt& attempt, routes::error why) {
  attempt.buffers->held.clear();
  attempt.ready = {};
  attempt.call->cancel();
  return failed_with(std::move(why));
}

attempt_outcome broke(running_attempt& attempt, routes::error why) {
  attempt.call->cancel();
  return {attempt_end::broken, std::move(why)};
}

// A continued answer tells what all of its legs used, where the client asked for that.
std::optional<std::string> end_leg(const query_state& q, running_attempt& attempt) {
  const auto& seen = attempt.buffers->filter.seen();
  std::optional<providers::usage> sum;
  // The other dialects tell it whether it was asked for or not.
  if (q.asked().include_usage || q.path.in != config::dialect::openai_chat) {
    sum = q.tokens.value_or(providers::usage{});
    const auto own = seen.tokens().value_or(providers::usage{});
    sum->input += own.input;
    sum->output += own.output;
    sum->cached += own.cached;
    sum->cache_write += own.cache_write;
    sum->reasoning += own.reasoning;
  }
  return attempt.leg->ending(seen, sum);
}

providers::task<attempt_outcome> finish_stream(query_state& q, running_attempt& attempt) {
  std::string_view extra;
  std::optional<std::string> ending;
  if (attempt.leg) {
    ending = end_leg(q, attempt);
    if (!ending) {
      co_return broke(attempt, routes::make_error(routes::error_kind::bad_answer,
                                                  "it ended before it had said all that was said so far"));
    }
    extra = *ending;
  } else {
    extra = attempt.buffers->filter.ending();
  }
  const bool sent = co_await send_events(q, attempt, extra, stream_end::whole);
  if (!sent) co_return gone();
  let_go(q, attempt);
  co_return attempt_outcome{attempt_end::answered, {}};
}

// Where words are held back, what may go of them takes the place of what was read.
void hold_words(running_attempt& attempt, fate verdict) {
  if (!attempt.held_words) return;
  auto& words = *attempt.held_words;
  const auto& seen = attempt.buffers->filter.seen();
  words.push(attempt.ready, seen.text());
  attempt.ready = {};
  const auto shown = seen.shown();
  const bool text_alone = !shown.tool_calls && !shown.in_reasoning && !shown.refusal && !shown.text_unknown;
  if (verdict == fate::whole || !text_alone) words.open();
  words.take(attempt.buffers->held);
}

void keep_result(running_attempt& attempt) {
  const auto& seen = attempt.buffers->filter.seen();
  attempt.tokens = seen.tokens();
  attempt.finish_reason = seen.finish_reason();
}

// Two clocks: comments prove that the link lives, not that tokens flow, so only content moves the one
// between tokens; after the finish reason the end has half a second.
class relay_clocks {
 public:
  relay_clocks(const query_state& q, running_attempt& attempt) : q_(q), attempt_(attempt) {}

  void look() {
    const auto& filter = attempt_.buffers->filter;
    const auto content = filter.seen().content_events();
    if (filter.state() == stream_state::finished) {
      if (!finishing_) attempt_.call->clock(steady::now() + after_finish);
      finishing_ = true;
    } else if (content != content_) {
      attempt_.call->clock(within_deadline(q_, steady::now() + q_.how->stall));
    }
    content_ = content;
  }

 private:
  const query_state& q_;
  running_attempt& attempt_;
  std::uint64_t content_ = 0;
  bool finishing_ = false;
};

}  // namespace

providers::task<attempt_outcome> await_first_token(query_state& q, running_attempt& attempt) {
  auto& filter = attempt.buffers->filter;
  if (attempt.wire.translates && !attempt.leg) {
    attempt.writer = providers::codec_of(q.path.in)->make_stream_writer(terms_of(q, attempt.wire.speaks));
  }
  filter.reset(q.asked().choices,
               attempt.usage_added && !is_dressed(q) ? usage_chunk::withhold : usage_chunk::pass,
               {attempt.wire.speaks, attempt.writer.get(), &q.target(attempt.target).preset->quirks,
                attempt.as_functions});
  const bool keeps = attempt.leg || may_hand_over(q);
  if (keeps) filter.keep_text();
  // What a writer has written cannot be taken back.
  if (keeps && !attempt.leg && !attempt.writer && q.how->hold_back > 0)
    attempt.held_words.emplace(q.how->hold_back);
  attempt.buffers->held.clear();
  for (;;) {
    auto wrong = take_events(q, attempt, co_await attempt.call->read_body());
    if (is_over(q, attempt)) co_return gone();
    if (wrong) co_return failed_before_commit(attempt, std::move(*wrong));
    // A leg that repeats what was said is silent to the client and not to us: its clock is the one
    // between tokens.
    if (attempt.leg && filter.any_content())
      attempt.call->clock(within_deadline(q, steady::now() + q.how->stall));
    if (attempt.leg ? attempt.leg->spoke() : filter.any_content()) {
      attempt.first_token =
          std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - attempt.began);
      co_return attempt_outcome{attempt_end::ready, {}};
    }
    switch (fate_of(attempt)) {
      case fate::broken:
        co_return failed_before_commit(attempt, reason_of(attempt));
      case fate::whole:
        // A leg that has nothing to add found the answer whole.
        if (attempt.leg || passes_empty(filter, attempt)) co_return attempt_outcome{attempt_end::ready, {}};
        co_return failed_before_commit(
            attempt, routes::make_error(routes::error_kind::empty, "an answer without any content"));
      case fate::go_on:
        hold(attempt);
    }
  }
}

providers::task<attempt_outcome> relay_stream(query_state& q, running_attempt& attempt) {
  auto& filter = attempt.buffers->filter;
  if (filter.any_content() && !q.first_token) {
    q.first_token = std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - q.started);
  }
  relay_clocks clocks(q, attempt);
  warm_standby standby(q, attempt);
  for (;;) {
    keep_result(attempt);
    const auto verdict = fate_of(attempt);
    hold_words(attempt, verdict);
    if (verdict == fate::whole) co_return co_await finish_stream(q, attempt);
    // The events before a break are still good.
    const bool something = !attempt.ready.empty() || !attempt.buffers->held.empty();
    if (something && !co_await send_events(q, attempt, {}, stream_end::open)) co_return gone();
    if (verdict == fate::broken) co_return broke(attempt, reason_of(attempt));
    clocks.look();
    standby.heard(attempt.leg ? std::string_view(attempt.leg->said()) : filter.seen().text());
    auto wrong = take_events(q, attempt, co_await attempt.call->read_body());
    if (is_over(q, attempt)) co_return gone();
    if (wrong) co_return broke(attempt, std::move(*wrong));
  }
}

}  // namespace nearfar::gateway
