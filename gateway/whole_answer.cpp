// An answer that is not streamed: held up to 4 MiB, checked, then sent.
#include "gateway/answer_writer.hpp"
#include "gateway/attempt.hpp"
#include "gateway/client_errors.hpp"
#include "gateway/query_kinds.hpp"
#include "providers/dialects/custom_calls.hpp"
#include "providers/dialects/openai_chat/answer_reader.hpp"
#include "providers/dialects/openai_chat/request_reader.hpp"
#include "providers/dialects/plain_json/answer_reader.hpp"

#include <algorithm>

namespace nearfar::gateway {

namespace {

constexpr std::size_t held_at_most = 4 * 1024 * 1024;
// What is translated is held to its end: there are images in it.
constexpr std::size_t translated_at_most = 64 * 1024 * 1024;

// Past the limit there is no taking back: the head goes out and the rest follows as it comes.
providers::task<attempt_outcome> relay_large(query_state& q, running_attempt& attempt) {
  auto& call = *attempt.call;
  attempt.buffers->held.swap(attempt.buffers->answer);
  bool sent = co_await send_events(q, attempt, {}, stream_end::open);
  while (sent && !call.complete()) {
    call.clock(within_deadline(q, steady::now() + q.how->stall));
    const auto piece = co_await call.read_body();
    if (q.is_stopped()) break;
    if (!piece) {
      q.after = after_answer::close;
      co_return attempt_outcome{attempt_end::broken, piece.error()};
    }
    const std::string_view one = *piece;
    if (one.empty()) continue;
    attempt.ready = std::span(&one, 1);
    sent = co_await send_events(q, attempt, {}, stream_end::open);
  }
  if (!sent || q.is_stopped()) co_return gone();
  call.finish();
  if (!co_await send_events(q, attempt, {}, stream_end::whole)) co_return gone();
  co_return attempt_outcome{attempt_end::answered, {}};
}

// What was read is no answer: kept to be relayed where nobody does better.
attempt_outcome no_answer(running_attempt& attempt, routes::error why) {
  attempt.failed_status = 200;
  attempt.failed_body = attempt.buffers->answer;
  return failed_with(std::move(why));
}

routes::result<providers::openai_chat::answer_summary> summary_of(
    const providers::chat::chat_answer& answer) {
  providers::openai_chat::answer_summary out;
  out.tokens = answer.tokens;
  if (!answer.choices.empty()) out.finish_reason = answer.choices.front().native;
  return out;
}

// What the answer comes to; where the client speaks another dialect it is written anew on the way.
routes::result<providers::openai_chat::answer_summary> read_whole(const query_state& q,
                                                                  running_attempt& attempt) {
  auto& answer = attempt.buffers->answer;
  const auto speaks = attempt.wire.speaks;
  const auto* codec = providers::codec_of(speaks);
  const bool chat = speaks == config::dialect::openai_chat;
  if (!attempt.wire.translates && chat) return providers::openai_chat::read_answer(answer);
  if (q.path.verb == query_verb::count_tokens || codec == nullptr)
    return providers::plain_json::read_answer(answer);
  auto read = codec->read_answer(answer, &q.target(attempt.target).preset->quirks);
  if (!read) return std::move(read).error();
  auto out = summary_of(*read);
  if (!attempt.as_functions.empty()) providers::functions_as_custom_calls(*read, attempt.as_functions);
  if (attempt.wire.translates)
    answer = providers::codec_of(q.path.in)->write_answer(*read, terms_of(q, speaks));
  return out;
}

attempt_outcome check(const query_state& q, running_attempt& attempt) {
  auto& answer = attempt.buffers->answer;
  answer.reserve(answer.size() + providers::openai_chat::body_padding);
  if (q.asked().stream) {
    auto why = providers::openai_chat::find_error_object(answer);
    return no_answer(attempt, why ? std::move(*why)
                                  : routes::make_error(routes::error_kind::bad_answer,
                                                       "a stream was asked for and something else came"));
  }
  auto summary = read_whole(q, attempt);
  if (summary) {
    attempt.tokens = summary->tokens;
    attempt.finish_reason = std::move(summary->finish_reason);
  } else if (summary.error().kind != routes::error_kind::empty || !attempt.last_candidate ||
             attempt.wire.translates) {
    return no_answer(attempt, std::move(summary).error());
  }
  return {attempt_end::ready, {}};
}

}  // namespace

providers::task<attempt_outcome> await_whole_answer(query_state& q, running_attempt& attempt) {
  auto& call = *attempt.call;
  auto& answer = attempt.buffers->answer;
  answer.clear();
  attempt.buffers->held.clear();
  while (!call.complete()) {
    const auto piece = call.has_buffered() ? call.read_buffered() : co_await call.read_body();
    if (is_over(q, attempt)) co_return gone();
    if (!piece) co_return failed_with(piece.error());
    answer += *piece;
    if (attempt.wire.translates && answer.size() > translated_at_most) {
      call.cancel();
      co_return failed_with(
          routes::make_error(routes::error_kind::bad_answer, "the answer is too large to be translated"));
    }
    // Nothing in it can be checked.
    const bool passes = is_opaque(q.path.in) && !answer.empty();
    if ((passes || answer.size() > held_at_most) && !q.asked().stream && !attempt.wire.translates) {
      attempt.large = true;
      co_return attempt_outcome{attempt_end::ready, {}};
    }
  }
  call.finish();
  if (is_opaque(q.path.in)) co_return attempt_outcome{attempt_end::ready, {}};
  co_return check(q, attempt);
}

providers::task<attempt_outcome> deliver_whole_answer(query_state& q, running_attempt& attempt) {
  if (attempt.large) co_return co_await relay_large(q, attempt);
  auto& kept = *attempt.buffers;
  const auto body =
      is_dressed(q) ? dressed_answer(q, attempt.target, kept.answer) : std::string_view(kept.answer);
  if (!co_await send_whole(q, attempt.target, 200, kept.passed, body)) co_return gone();
  co_return attempt_outcome{attempt_end::answered, {}};
}

}  // namespace nearfar::gateway
