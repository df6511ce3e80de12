// An answer that is not streamed: held up to 4 MiB, checked, then sent.
#include "gateway/answer_writer.hpp"
#include "gateway/attempt.hpp"
#include "providers/dialects/openai_chat/answer_reader.hpp"
#include "providers/dialects/openai_chat/request_reader.hpp"

#include <algorithm>

namespace nearfar::gateway {

namespace {

constexpr std::size_t held_at_most = 4 * 1024 * 1024;

// Past the limit there is no taking back: the head goes out and the rest follows as it comes.
providers::task<attempt_outcome> relay_large(query_state& q, running_attempt& attempt) {
  auto& call = *attempt.call;
  q.answered_by = attempt.target;
  auto& held = q.scratch.held;
  held.assign(q.scratch.answer);
  bool sent = co_await send_events(q, attempt.target, {}, {}, stream_end::open);
  while (sent && !call.complete()) {
    call.clock(within_deadline(q, steady::now() + q.how->stall));
    const auto piece = co_await call.read_body();
    if (q.client_gone) break;
    if (!piece) {
      q.after = after_answer::close;
      co_return attempt_outcome{attempt_end::broken, piece.error()};
    }
    const std::string_view one = *piece;
    if (!one.empty())
      sent = co_await send_events(q, attempt.target, std::span(&one, 1), {}, stream_end::open);
  }
  if (!sent || q.client_gone) co_return gone();
  call.finish();
  if (!co_await send_events(q, attempt.target, {}, {}, stream_end::whole)) co_return gone();
  co_return attempt_outcome{attempt_end::answered, {}};
}

}  // namespace

providers::task<attempt_outcome> take_whole_answer(query_state& q, running_attempt& attempt) {
  auto& call = *attempt.call;
  auto& answer = q.scratch.answer;
  answer.clear();
  while (!call.complete()) {
    const auto piece = call.has_buffered() ? call.read_buffered() : co_await call.read_body();
    if (q.client_gone) co_return gone();
    if (!piece) co_return failed_with(piece.error());
    answer += *piece;
    if (answer.size() > held_at_most && !q.asked().stream) co_return co_await relay_large(q, attempt);
  }
  call.finish();
  answer.reserve(answer.size() + providers::openai_chat::body_padding);
  q.failed_status = 200;
  if (q.asked().stream) {
    auto why = providers::openai_chat::find_error_object(answer);
    q.failed_body = answer;
    co_return failed_with(why ? std::move(*why)
                              : routes::make_error(routes::error_kind::bad_answer,
                                                   "a stream was asked for and something else came"));
  }
  auto summary = providers::openai_chat::read_answer(answer);
  if (!summary) {
    const bool nobody_else = summary.error().kind == routes::error_kind::empty && attempt.last_candidate;
    if (!nobody_else) {
      q.failed_body = answer;
      co_return failed_with(std::move(summary).error());
    }
  } else {
    q.tokens = summary->tokens;
    q.finish_reason = std::move(summary->finish_reason);
  }
  q.answered_by = attempt.target;
  if (!co_await send_whole(q, attempt.target, 200, answer)) co_return gone();
  co_return attempt_outcome{attempt_end::answered, {}};
}

}  // namespace nearfar::gateway
