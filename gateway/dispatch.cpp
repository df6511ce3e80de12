#include "gateway/dispatch.hpp"

#include "gateway/admission.hpp"
#include "gateway/answer_writer.hpp"
#include "gateway/attempt.hpp"
#include "gateway/client_errors.hpp"
#include "gateway/contest.hpp"
#include "gateway/hand_over.hpp"
#include "gateway/key_scope.hpp"
#include "gateway/query_kinds.hpp"
#include "gateway/request_encoding.hpp"
#include "gateway/settle.hpp"
#include "providers/os/clock.hpp"

#include <boost/asio/post.hpp>

#include <fmt/format.h>

#include <memory>
#include <optional>

namespace nearfar::gateway {

namespace {

using routes::millis;

providers::task<void> sleep_for(query_state& q, millis delay) {
  providers::timer timer(q.on.io.get_executor(), delay);
  q.cancel = [&timer] { timer.cancel(); };
  co_await timer.async_wait(providers::use_result);
  q.cancel = nullptr;
}

// What a grant from another core may cancel for as long as its coroutine waits; used on one core alone.
struct timer_handle {
  providers::timer* timer = nullptr;
};
struct timer_release {
  timer_handle& of;
  ~timer_release() { of.timer = nullptr; }
};

// Until a place is granted or the patience of the lines is over.
providers::task<void> stand_in_line(query_state& q, const routes::step& step) {
  providers::timer timer(q.on.io.get_executor(), step.delay);
  const auto handle = std::make_shared<timer_handle>();
  handle->timer = &timer;
  const timer_release at_end{*handle};
  const auto waits = q.line.enlist(*q.deployed, step.lines, [handle, on = q.on.io.get_executor()] {
    // From any thread: the timer belongs to the query's core.
    providers::asio::post(on, [handle] {
      if (handle->timer) handle->timer->cancel();
    });
  });
  if (!waits) co_return;
  q.on.metrics.queued.add();
  q.cancel = [&timer] { timer.cancel(); };
  co_await timer.async_wait(providers::use_result);
  q.cancel = nullptr;
}

// The last word was a provider's refusal of the credential that the caller brought for it.
bool callers_fault(const query_state& q) {
  return q.failed_by != routes::none_index && q.failed_kind != routes::error_kind::rate_limited &&
         refused_the_caller(q.target(q.failed_by), q.failed_kind);
}

providers::task<void> give_up(query_state& q, const routes::step& step) {
  if (q.so_far) {
    q.end = query_end::broken;
    const auto why = fmt::format("the answer broke off ({}) and nobody could go on with it. {}",
                                 q.broke_because, step.message);
    co_await send_break(q, "stream_broken", why);
    co_return;
  }
  if (q.path.verb == query_verb::count_tokens) co_return co_await answer_estimate(q);
  if (q.attempts.empty() && !q.cannot_carry.empty()) {
    q.end = query_end::refused;
    co_await send_error(q, {400, "not_translatable", q.cannot_carry, {}, more_retries::pointless});
    co_return;
  }
  q.end = query_end::failed;
  if (callers_fault(q)) {
    co_await send_failure_as_it_came(q, q.failed_by);
    co_return;
  }
  // Every target was asked, some of them twice: a client that tries three times more triples the load.
  const auto retries = q.attempts.empty() ? more_retries::allowed : more_retries::pointless;
  own_error what{step.status, step.code, step.message, step.retry_after, retries};
  if (q.attempts.empty()) tell_shortage(q, what);
  co_await send_error(q, what);
}

// What the client is told where everything failed and this was the upstream's own word.
void keep_failure(query_state& q, running_attempt& attempt, routes::error_kind kind) {
  const bool relayed = kind == routes::error_kind::refused || kind == routes::error_kind::bad_request;
  // The caller can mend its own credential, and nothing of what failed after that.
  if (callers_fault(q) && !relayed) return;
  q.failed_by = attempt.target;
  q.failed_kind = kind;
  q.failed_status = attempt.failed_status;
  q.failed_body = std::move(attempt.failed_body);
  q.failed_fields = attempt.buffers->passed;
  q.failed_speaks = attempt.wire.speaks;
}

enum class after_step : std::uint8_t { go_on, done };

// The stream is open and its text broke off.
providers::task<after_step> continue_or_end(query_state& q, running_attempt& broken, const routes::error& why,
                                            routes::attempt_sequence& sequence) {
  const auto obstacle = take_over(q, broken, why.context);
  if (!obstacle) {
    q.on.metrics.hand_overs.add();
    auto seen = why;
    // Somebody is listening: another target at once, and not this one again after a pause.
    if (seen.kind == routes::error_kind::reset || seen.kind == routes::error_kind::server_error)
      seen.kind = routes::error_kind::broken;
    sequence.failed(broken.target, seen, providers::boot_now());
    co_return after_step::go_on;
  }
  q.end = query_end::broken;
  const auto told = fmt::format("the answer broke off: {}. It is not continued: {}", why.context, *obstacle);
  if (!co_await send_break(q, "stream_broken", told)) q.end = query_end::gone;
  co_return after_step::done;
}

providers::task<after_step> deliver(query_state& q, running_attempt& attempt,
                                    routes::attempt_sequence& sequence) {
  const auto outcome = co_await deliver_answer(q, attempt);
  settle_attempt(q, attempt, outcome);
  switch (outcome.end) {
    case attempt_end::answered:
      if (attempt.call && attempt.call->is_done()) attempt.buffers->call = std::move(attempt.call);
      q.end = query_end::complete;
      co_return after_step::done;
    case attempt_end::gone:
      if (attempt.streams && !q.so_far) q.so_far = begun_stream(attempt);
      q.end = query_end::gone;
      co_return after_step::done;
    default:
      break;
  }
  if (attempt.streams) co_return co_await continue_or_end(q, attempt, outcome.why, sequence);
  q.end = query_end::broken;
  co_return after_step::done;
}

void report_failure(query_state& q, running_attempt& attempt, routes::error why,
                    routes::attempt_sequence& sequence) {
  if (attempt.leg && why.kind == routes::error_kind::bad_request) {
    // It will not go on like this; the client's own request was good.
    why.kind = routes::error_kind::bad_answer;
    why.context = "refused to go on with the answer: " + why.context;
  }
  if (!attempt.leg) keep_failure(q, attempt, why.kind);
  sequence.failed(attempt.target, why, providers::boot_now());
}

void begin_record(query_state& q, running_attempt& attempt) {
  attempt.record = q.attempts.size();
  q.attempts.push_back({.target = attempt.target});
  if (attempt.leg) q.attempts.back().continues = attempt.leg->kind();
  if (attempt.leg && q.stood_by == attempt.target) q.on.metrics.standby_used.add();
  q.on.metrics.attempts.add();
}

providers::task<after_step> attempt_step(query_state& q, const routes::step& step,
                                         routes::attempt_sequence& sequence, std::uint64_t seed) {
  const auto way = q.so_far ? way_of(q, step.target) : config::continuation_kind::none;
  if (q.so_far && way == config::continuation_kind::none) {
    sequence.pass_over(step.target, routes::make_error(routes::error_kind::bad_answer,
                                                       "does not go on with what another began"));
    co_return after_step::go_on;
  }
  running_attempt attempt(q.scratch.first, step.target);
  attempt.fresh_connection = step.fresh_connection;
  attempt.last_candidate = step.last_candidate;
  if (q.so_far) attempt.leg = std::make_unique<leg_stream>(*q.so_far, way, client_writer(q));
  if (const auto fits = prepare_request(q, attempt); !fits) {
    if (q.cannot_carry.empty()) q.cannot_carry = fits.error().context;
    sequence.pass_over(step.target, fits.error());
    co_return after_step::go_on;
  }
  // The sequence tries an open breaker on purpose where there is nothing else left.
  const auto breaker = q.scratch.snapshots[step.target].breaker_admits
                           ? target_registry::past_breaker::no
                           : target_registry::past_breaker::anyway;
  const bool admitted = admit(q, attempt, breaker, q.line.get());
  q.line.leave();
  if (!admitted) {
    sequence.not_started(step.target);
    co_return after_step::go_on;
  }
  begin_record(q, attempt);
  contest until_first_token(q, sequence, seed);
  const auto [who, outcome] = co_await until_first_token.run(attempt);
  if (outcome.end == attempt_end::ready) co_return co_await deliver(q, *who, sequence);
  settle_attempt(q, *who, outcome);
  if (outcome.end == attempt_end::gone) {
    q.end = query_end::gone;
    co_return after_step::done;
  }
  if (ask_more_weakly(q, *who, outcome.why)) {
    sequence.again(who->target);
    co_return after_step::go_on;
  }
  report_failure(q, *who, outcome.why, sequence);
  co_return after_step::go_on;
}

}  // namespace

providers::task<void> work_through(query_state& q, const routes::evaluation_input& evaluated) {
  const auto seed = q.on.random.next();
  // Nothing has moved since the evaluation; before every later step all is looked at again.
  std::optional<routes::evaluation_input> input(evaluated);
  input->seed = seed;
  routes::attempt_sequence sequence(
      *q.deployed->policy, q.plan, q.started_boot,
      q.deadline ? std::optional(std::chrono::duration_cast<millis>(*q.deadline - q.started)) : std::nullopt,
      &q.on.retries);
  for (;;) {
    if (q.is_stopped()) {
      q.end = query_end::gone;
      co_return;
    }
    if (!input) input.emplace(input_now(q, seed, providers::boot_now()));
    const auto step = sequence.next(*input);
    input.reset();
    switch (step.kind) {
      case routes::step_kind::give_up:
        q.line.leave();
        co_await give_up(q, step);
        co_return;
      case routes::step_kind::relay_error:
        q.end = query_end::complete;
        co_await send_failure_as_it_came(q, step.target);
        co_return;
      case routes::step_kind::wait:
        q.line.leave();
        co_await sleep_for(q, step.delay);
        break;
      case routes::step_kind::queue:
        co_await stand_in_line(q, step);
        break;
      case routes::step_kind::attempt:
        if (co_await attempt_step(q, step, sequence, seed) == after_step::done) co_return;
        break;
    }
  }
}

}  // namespace nearfar::gateway
