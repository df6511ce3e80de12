// A streamed answer: held until the first content token, then relayed event by event.
#include "gateway/answer_writer.hpp"
#include "gateway/attempt.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace nearfar::gateway {

namespace {

// After the last finish reason: so long for usage, [DONE] or the end.
constexpr std::chrono::milliseconds after_finish{500};
// Events before the first content token: role chunks and comments. More comments than this are dropped.
constexpr std::size_t held_at_most = 64 * 1024;
constexpr std::string_view done_event = "data: [DONE]\n\n";

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
  q.cancel = nullptr;
  if (attempt.call->complete()) {
    attempt.call->finish();
  } else {
    boost::asio::co_spawn(q.on.io, drain(std::move(attempt.call)), boost::asio::detached);
  }
}

void hold(query_state& q, std::span<const std::string_view> ready) {
  auto& held = q.scratch.held;
  for (const auto piece : ready) {
    if (held.size() + piece.size() <= held_at_most || !piece.starts_with(':')) held += piece;
  }
}

void note_first_token(query_state& q) {
  q.first_token = std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - q.started);
}

enum class fate : std::uint8_t { go_on, whole, broken };

fate fate_of(const stream_filter& filter, bool body_over) {
  switch (filter.state()) {
    case stream_state::done:
      return fate::whole;
    case stream_state::broken:
      return fate::broken;
    case stream_state::finished:
      return body_over ? fate::whole : fate::go_on;
    case stream_state::open:
      return fate::go_on;
  }
  return fate::broken;
}

// Nothing of an answer has gone out yet.
attempt_outcome failed_before_commit(query_state& q, running_attempt& attempt, routes::error why) {
  q.scratch.held.clear();
  attempt.call->cancel();
  return failed_with(std::move(why));
}

providers::task<attempt_outcome> broke(query_state& q, running_attempt& attempt, routes::error why) {
  attempt.call->cancel();
  const auto sent = co_await send_break(q, "stream_broken", "the answer broke off: " + why.context);
  if (!sent) co_return gone();
  co_return attempt_outcome{attempt_end::broken, std::move(why)};
}

providers::task<attempt_outcome> finish_stream(query_state& q, running_attempt& attempt,
                                               std::span<const std::string_view> ready) {
  const bool has_done = q.scratch.filter.state() == stream_state::done;
  q.answered_by = attempt.target;
  const bool sent = co_await send_events(q, attempt.target, ready, has_done ? std::string_view{} : done_event,
                                         stream_end::whole);
  if (!sent) co_return gone();
  let_go(q, attempt);
  co_return attempt_outcome{attempt_end::answered, {}};
}

// An answer without a content token. Somebody else may do better; when there is nobody, or the vendor
// withheld it on purpose, the client gets it as it is.
bool passes_empty(const stream_filter& filter, const running_attempt& attempt) {
  return filter.seen().finished() &&
         (attempt.last_candidate || filter.seen().finish_reason() == "content_filter");
}

}  // namespace

providers::task<attempt_outcome> relay_stream(query_state& q, running_attempt& attempt) {
  auto& call = *attempt.call;
  auto& filter = q.scratch.filter;
  filter.reset(q.asked().choices, attempt.usage_added ? usage_chunk::withhold : usage_chunk::pass);
  q.scratch.held.clear();
  bool committed = false;
  bool finish_clock = false;
  for (;;) {
    auto piece = co_await call.read_body();
    if (q.client_gone) co_return gone();
    if (!piece && !(filter.state() == stream_state::finished)) {
      // The clock, a reset, or an end before the framing said so. A finish reason makes it harmless.
      if (committed) co_return co_await broke(q, attempt, std::move(piece).error());
      co_return failed_before_commit(q, attempt, std::move(piece).error());
    }
    const bool over = !piece || call.complete();
    const auto content_before = filter.seen().content_events();
    const auto bad_before = filter.bad_events();
    if (piece) filter.feed(*piece);
    q.on.metrics.bad_events.add(filter.bad_events() - bad_before);
    const std::span<const std::string_view> ready =
        piece ? filter.ready() : std::span<const std::string_view>{};
    auto verdict = fate_of(filter, over);
    if (verdict == fate::go_on && over) {
      // The body is over and the dialect's end has not come. The events of this read are still good.
      if (committed && !ready.empty() &&
          !co_await send_events(q, attempt.target, ready, {}, stream_end::open)) {
        co_return gone();
      }
      filter.end();
      verdict = fate::broken;
      if (committed) co_return co_await broke(q, attempt, filter.why());
    }
    const bool first = !committed && filter.any_content();
    if (first) {
      committed = true;
      q.answered_by = attempt.target;
      note_first_token(q);
    }
    if (verdict == fate::broken) {
      if (!committed) co_return failed_before_commit(q, attempt, filter.why());
      if (!co_await send_events(q, attempt.target, ready, {}, stream_end::open)) co_return gone();
      co_return co_await broke(q, attempt, filter.why());
    }
    if (verdict == fate::whole) {
      if (!committed && !passes_empty(filter, attempt)) {
        co_return failed_before_commit(
            q, attempt, routes::make_error(routes::error_kind::empty, "an answer without any content"));
      }
      co_return co_await finish_stream(q, attempt, ready);
    }
    if (!committed) {
      hold(q, ready);
    } else if (!co_await send_events(q, attempt.target, ready, {}, stream_end::open)) {
      co_return gone();
    }
    if (filter.state() == stream_state::finished && !finish_clock) {
      finish_clock = true;
      call.clock(steady::now() + after_finish);
    } else if (committed && !finish_clock && filter.seen().content_events() != content_before) {
      // Comments prove that the link lives, not that tokens flow: only content moves this clock.
      call.clock(within_deadline(q, steady::now() + q.how->stall));
    }
  }
}

}  // namespace nearfar::gateway
