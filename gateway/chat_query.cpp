#include "gateway/chat_query.hpp"

#include "gateway/answer_writer.hpp"
#include "gateway/attempt.hpp"
#include "gateway/client_hints.hpp"
#include "gateway/decisions.hpp"
#include "gateway/settle.hpp"
#include "providers/dialects/text_measure.hpp"
#include "providers/os/clock.hpp"

#include <boost/asio/post.hpp>

#include <fmt/format.h>

#include <memory>

namespace nearfar::gateway {

namespace {

using routes::millis;

std::string new_id(core& on) {
  return fmt::format("nfq-{:016x}", on.random.next());
}

// Everything evaluate reads, as of now.
routes::evaluation_input input_now(query_state& q, std::uint64_t seed) {
  const auto now = providers::boot_now();
  auto& facts = q.on.fresh_facts(now, *q.deployed);
  facts.values.headers = q.scratch.headers;
  const auto candidates = q.deployed->policy->resolve(q.asked().model);
  q.on.shared.registry.snapshot(*q.deployed, candidates, now, q.scratch.snapshots, q.line.get());
  return {*q.deployed->policy, q.asked(), facts.values, q.scratch.snapshots, now, seed, q.sticky};
}

// Where the conversation was answered last, if that is a candidate still.
routes::sticky_hit find_sticky(const query_state& q) {
  if (!q.deployed->config->stick || !routes::is_worth_sticking(q.asked())) return {};
  const auto hit = q.on.shared.sticky.find(q.asked().conversation, q.started_boot);
  if (!hit) return {};
  for (const auto index : q.deployed->policy->resolve(q.asked().model)) {
    if (q.target(index).slot == hit->slot) return {index, hit->since};
  }
  return {};
}

providers::task<void> refuse(query_state& q, own_error what) {
  q.end = query_end::refused;
  co_await send_error(q, what);
}

// Fills the query from body and head. False: it was answered with an error.
providers::task<bool> read_query(query_state& q, std::string_view body) {
  auto& view = q.scratch.view;
  const auto read = q.on.reader.read(body, view);
  if (!read) {
    co_await refuse(q, {400, "invalid_request_body", read.error().context, {}, more_retries::allowed});
    co_return false;
  }
  auto& asked = view.facts;
  asked.in = routes::dialect::openai_chat;
  asked.body_bytes = body.size();
  if (const auto wrong = apply_client_hints(q.head, *q.deployed->config, asked)) {
    co_await refuse(q, {400, "invalid_header", wrong->message, {}, more_retries::allowed});
    co_return false;
  }
  auto& headers = q.scratch.headers;
  headers.clear();
  for (const auto& field : q.head.fields) headers.push_back({field.name, field.value});
  if (const auto session = session_header(q.head); !view.has_session && !session.empty()) {
    asked.conversation = providers::conversation_of_session(session);
  }
  co_return true;
}

void set_deadline(query_state& q) {
  std::optional<millis> whole = q.how->whole;
  if (q.asked().deadline_ms) {
    const millis asked_for(*q.asked().deadline_ms);
    whole = whole ? std::min(*whole, asked_for) : asked_for;
  }
  if (whole) q.deadline = q.started + *whole;
}

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

providers::task<void> give_up(query_state& q, const routes::step& step) {
  q.end = query_end::failed;
  // Every target was asked, some of them twice: a client that tries three times more triples the load.
  const auto retries = q.attempts.empty() ? more_retries::allowed : more_retries::pointless;
  own_error what{step.status, step.code, step.message, step.retry_after, retries};
  co_await send_error(q, what);
}

// True: go on with the next step.
providers::task<bool> attempt_step(query_state& q, const routes::step& step,
                                   routes::attempt_sequence& sequence) {
  auto& registry = q.on.shared.registry;
  const auto now = providers::boot_now();
  // The sequence tries an open breaker on purpose where there is nothing else left.
  const auto how = q.scratch.snapshots[step.target].breaker_admits ? target_registry::past_breaker::no
                                                                   : target_registry::past_breaker::anyway;
  const auto admitted = registry.admit(*q.deployed, step.target, now, how, q.line.get());
  q.line.leave();
  if (admitted != target_registry::admission::admitted) {
    // Another query took the last place or the probe: the next snapshot shows it.
    sequence.not_started(step.target);
    co_return true;
  }
  q.attempts.push_back({step.target, routes::error_kind::none, 0, {}});
  q.on.metrics.attempts.add();
  const auto began = steady::now();
  const auto outcome = co_await try_target(q, step.target, step.fresh_connection, step.last_candidate);
  settle_attempt(q, step.target, began, outcome);
  switch (outcome.end) {
    case attempt_end::answered:
      q.end = query_end::complete;
      co_return false;
    case attempt_end::broken:
      q.end = query_end::broken;
      co_return false;
    case attempt_end::gone:
      q.end = query_end::gone;
      co_return false;
    case attempt_end::failed:
      sequence.failed(step.target, outcome.why, providers::boot_now());
      break;
  }
  co_return true;
}

providers::task<void> work_through(query_state& q) {
  const auto seed = q.on.random.next();
  routes::attempt_sequence sequence(
      *q.deployed->policy, q.plan, q.started_boot,
      q.deadline ? std::optional(std::chrono::duration_cast<millis>(*q.deadline - q.started)) : std::nullopt,
      &q.on.retries);
  for (;;) {
    if (q.client_gone) {
      q.end = query_end::gone;
      co_return;
    }
    const auto input = input_now(q, seed);
    const auto step = sequence.next(input);
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
      case routes::step_kind::attempt: {
        const bool go_on = co_await attempt_step(q, step, sequence);
        if (!go_on) co_return;
        break;
      }
    }
  }
}

void arm_early_head(query_state& q) {
  if (!q.asked().stream) return;
  q.head_clock.emplace(q.on.deadlines, [&q] { send_head_early(q); });
  q.head_clock->set(q.started + q.how->head_after);
}

}  // namespace

providers::task<after_answer> serve_chat(core& on, client_connection& client, const request_head& head,
                                         std::string_view body, query_scratch& scratch) {
  query_state q(on, client, head, scratch);
  q.started = steady::now();
  q.started_boot = providers::boot_now();
  q.id = new_id(on);
  on.metrics.queries.add();
  on.retries.query(q.started_boot);
  scratch.held.clear();
  scratch.passed.clear();
  scratch.decision.clear();
  if (!co_await read_query(q, body)) {
    settle_query(q);
    co_return q.after;
  }
  q.sticky = find_sticky(q);
  const auto input = input_now(q, 0);
  routes::evaluate(input, q.plan, q.why);
  begin_decision(q, input);
  if (q.plan.size == 0) {
    const auto why = routes::explain_empty(*q.deployed->policy, q.asked(), q.plan, q.why);
    co_await refuse(q, {why.status, why.code, why.message, {}, more_retries::allowed});
    settle_query(q);
    co_return q.after;
  }
  q.how = &q.deployed->policy->attempts(q.plan.attempts);
  set_deadline(q);
  client.watch([&q] {
    q.client_gone = true;
    if (q.cancel) q.cancel();
  });
  arm_early_head(q);
  co_await work_through(q);
  q.head_clock.reset();
  client.unwatch();
  if (q.client_gone) q.after = after_answer::close;
  settle_query(q);
  co_return q.after;
}

}  // namespace nearfar::gateway
