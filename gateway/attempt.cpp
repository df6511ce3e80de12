#include "gateway/attempt.hpp"

#include "gateway/hand_over.hpp"
#include "gateway/limits/limit_words.hpp"
#include "gateway/log.hpp"
#include "gateway/request_encoding.hpp"
#include "providers/dialects/openai_chat/answer_reader.hpp"
#include "providers/dialects/openai_chat/request_reader.hpp"
#include "providers/http/head_writer.hpp"

#include <algorithm>
#include <ctime>

namespace nearfar::gateway {

namespace {

using routes::millis;

// How long an error's body may take, and how much of it is kept to be classed and relayed.
constexpr std::chrono::seconds error_body_time{5};
constexpr std::size_t error_body_size = 64 * 1024;

// `rewrites`: the body will be of another type than the upstream's. `paces`: there are limits of our own, and
// the upstream's say nothing of them.
void keep_passed_fields(const providers::response_head& head, bool rewrites, bool paces, std::string& out) {
  providers::head_writer to(out, head.size);
  for (const auto& field : head.fields) {
    if (!providers::allows(field.is.goes, providers::passage::to_client)) continue;
    if (rewrites && field.is.known == providers::known_field::content_type) continue;
    if (paces && is_pacing_field(field.name)) continue;
    to.field(field.name, field.value);
  }
}

// The head's spans die with the first read of the body: what classing needs is copied first.
struct kept_head {
  explicit kept_head(const providers::response_head& from) : head(from) {
    for (const auto& field : from.fields) {
      names.emplace_back(field.name);
      values.emplace_back(field.value);
    }
    type = from.content_type;
    head.content_type = type;
    for (std::size_t i = 0; i < names.size(); ++i) head.fields[i] = {names[i], values[i], from.fields[i].is};
  }
  providers::response_head head;
  std::vector<std::string> names;
  std::vector<std::string> values;
  std::string type;
};

providers::task<attempt_outcome> take_failure(query_state& q, running_attempt& attempt,
                                              const providers::response_head& head) {
  const kept_head kept(head);
  auto& call = *attempt.call;
  call.clock(steady::now() + error_body_time);
  std::string body;
  while (!call.complete() && body.size() < error_body_size) {
    const auto piece = co_await call.read_body();
    if (!piece) break;  // what came is enough to class it: the status alone says most
    body += *piece;
  }
  if (is_over(q, attempt)) co_return gone();
  body.reserve(body.size() + providers::openai_chat::body_padding);
  auto why = providers::openai_chat::classify_failure(kept.head.status, kept.head, body, std::time(nullptr));
  if (call.complete()) call.finish();
  attempt.failed_status = kept.head.status;
  attempt.failed_body = std::move(body);
  co_return failed_with(std::move(why));
}

millis load_clock(const query_state& q) {
  millis out = q.how->load;
  if (q.deadline) {
    const auto left = std::chrono::duration_cast<millis>(*q.deadline - steady::now());
    out = std::clamp(left, millis{0}, out);
  }
  return out;
}

// The clock until the first content token, or until the whole answer where it is not streamed.
steady::time_point waiting_clock(const query_state& q, const deployed_target& target,
                                 const running_attempt& attempt) {
  if (!q.asked().stream) return within_deadline(q, attempt.asked_at + q.how->answer(target.tier));
  millis first = q.how->first_token_for(q.asked().input_tokens);
  if (q.asked().first_token_ms) first = std::min(first, millis(*q.asked().first_token_ms));
  // The clock exists to move on; with nobody left to ask it gives the last one more room.
  if (attempt.last_candidate) first = std::max(first, q.how->stall);
  return within_deadline(q, attempt.asked_at + first);
}

// On HTTP/1.1 a cancelled answer costs its connection: the next query should not pay for that.
void spare_after_cancel(query_state& q, const running_attempt& attempt, const providers::origin& where) {
  if (q.target(attempt.target).supervised || !attempt.call || !attempt.call->is_open()) return;
  q.on.upstreams.open_spare(where);
}

bool is_stream(config::dialect speaks, std::string_view content_type) {
  const auto* codec = providers::codec_of(speaks);
  const bool by_lines = codec != nullptr && codec->streams_as() == providers::framing::ndjson;
  return content_type.starts_with(by_lines ? "application/x-ndjson" : "text/event-stream");
}

providers::task<attempt_outcome> call_target(query_state& q, running_attempt& attempt,
                                             const deployed_target& target, const providers::origin& where) {
  auto& call = *attempt.call;
  auto& kept = *attempt.buffers;
  const auto connect_time = [&] {
    const auto now = steady::now();
    const auto left = within_deadline(q, now + q.how->connect) - now;
    return std::max(std::chrono::duration_cast<millis>(left), millis{1});
  };
  const auto how = attempt.fresh_connection ? providers::reuse::fresh_only : providers::reuse::allowed;
  auto opened =
      call.open_idle(where, how) ? routes::result<void>() : co_await call.open(where, how, connect_time());
  if (is_over(q, attempt)) co_return gone();
  if (!opened) co_return failed_with(std::move(opened).error());
  encode_request(q, attempt);
  if (auto wrote = write_upstream_head(q, attempt, where); !wrote)
    co_return failed_with(std::move(wrote).error());
  kept.pieces.clear();
  kept.pieces.emplace_back(kept.head.data(), kept.head.size());
  for (const auto piece : kept.body.pieces) kept.pieces.emplace_back(piece.data(), piece.size());
  attempt.asked_at = steady::now();
  call.clock(waiting_clock(q, target, attempt));
  auto sent = call.send_at_once(kept.pieces) ? routes::result<void>() : co_await call.send(kept.pieces);
  if (is_over(q, attempt)) co_return gone();
  if (!sent) co_return failed_with(std::move(sent).error());
  auto head = co_await call.read_head();
  if (is_over(q, attempt)) co_return gone();
  if (!head) co_return failed_with(std::move(head).error());
  const auto& got = **head;
  const bool rewrites = attempt.wire.translates || q.path.as_array;
  const bool paces = q.limits != nullptr && q.limits->paces();
  keep_passed_fields(got, rewrites && got.status == 200, paces, kept.passed);
  if (got.status != 200) co_return co_await take_failure(q, attempt, got);
  attempt.streams = q.asked().stream && is_stream(attempt.wire.speaks, got.content_type);
  if (rewrites) {
    const bool events = attempt.streams && !q.path.as_array;
    kept.passed += events ? "content-type: text/event-stream\r\n" : "content-type: application/json\r\n";
  }
  if (attempt.streams) co_return co_await await_first_token(q, attempt);
  co_return co_await await_whole_answer(q, attempt);
}

}  // namespace

attempt_outcome failed_with(routes::error why) {
  return {attempt_end::failed, std::move(why)};
}

attempt_outcome gone() {
  return {attempt_end::gone,
          routes::make_error(routes::error_kind::cancelled, "nobody waits for it any more")};
}

steady::time_point within_deadline(const query_state& q, steady::time_point at) {
  return q.deadline ? std::min(*q.deadline, at) : at;
}

providers::task<attempt_outcome> begin_attempt(query_state& q, running_attempt& attempt) {
  const auto& target = q.target(attempt.target);
  const providers::origin* where = &target.where;
  attempt.began = steady::now();
  if (target.supervised) {
    auto got = co_await q.on.shared.device.acquire(target.name, load_clock(q), &attempt.cancel);
    attempt.cancel = nullptr;
    if (is_over(q, attempt)) co_return gone();
    if (!got) co_return failed_with(std::move(got).error());
    attempt.lease = std::move(*got);
    where = &attempt.lease.where();
  }
  attempt.call = std::move(attempt.buffers->call);
  if (!attempt.call) attempt.call = std::make_unique<providers::exchange>(q.on.upstreams, q.on.deadlines);
  attempt.cancel = [call = attempt.call.get()] { call->cancel(); };
  auto outcome = co_await call_target(q, attempt, target, *where);
  const bool silent = outcome.why.kind == routes::error_kind::timeout && outcome.end == attempt_end::failed;
  if (target.supervised && silent) attempt.lease.hung();
  if (outcome.end == attempt_end::gone) spare_after_cancel(q, attempt, *where);
  if (outcome.end != attempt_end::ready) attempt.cancel = nullptr;
  co_return outcome;
}

providers::task<attempt_outcome> deliver_answer(query_state& q, running_attempt& attempt) {
  const auto& target = q.target(attempt.target);
  q.answered_by = attempt.target;
  if (attempt.writer) q.writer = std::move(attempt.writer);
  auto outcome =
      attempt.streams ? co_await relay_stream(q, attempt) : co_await deliver_whole_answer(q, attempt);
  attempt.cancel = nullptr;
  if (target.supervised && outcome.why.kind == routes::error_kind::timeout) attempt.lease.hung();
  if (outcome.end == attempt_end::gone) {
    spare_after_cancel(q, attempt, target.supervised ? attempt.lease.where() : target.where);
  }
  co_return outcome;
}

}  // namespace nearfar::gateway
