#include "gateway/contest.hpp"

#include "gateway/admission.hpp"
#include "gateway/request_encoding.hpp"
#include "gateway/settle.hpp"
#include "providers/os/clock.hpp"

#include <exception>

namespace nearfar::gateway {

namespace {

using routes::millis;

}  // namespace

// The spawned coroutine shares it, so that an io_context that dies with the race under way frees it.
struct contest::racer {
  racer(attempt_buffers& kept, routes::target_index target, const providers::executor& on)
      : attempt(kept, target), bell(on) {}

  running_attempt attempt;
  attempt_outcome outcome;
  bool done = false;
  providers::timer bell;  // rung when done
};

routes::evaluation_input input_now(query_state& q, std::uint64_t seed, routes::instant now) {
  auto& facts = q.on.fresh_facts(now, *q.deployed);
  facts.values.headers = q.scratch.headers;
  routes::candidate_list room;
  const auto candidates = routes::candidates_of(*q.deployed->policy, q.asked(), room);
  q.on.shared.registry.snapshot(*q.deployed, candidates, now, q.scratch.snapshots, q.line.get());
  if (q.limits != nullptr) {
    q.limits->look(candidates, q.asked(), facts.values.now.unix_seconds, q.scratch.snapshots);
    facts.values.spend = q.limits->spent_today();
  }
  return {*q.deployed->policy, q.asked(), facts.values, q.scratch.snapshots, now, seed, q.sticky};
}

contest::contest(query_state& q, routes::attempt_sequence& sequence, std::uint64_t seed)
    : q_(q), sequence_(sequence), seed_(seed) {}

contest::~contest() {
  q_.running = {};
}

providers::task<contest::result> contest::run(running_attempt& first) {
  first_ = &first;
  q_.running[0] = &first;
  // A broken answer is continued by one target at a time: two seams cannot both be right.
  if (!q_.how->race || q_.so_far) {
    auto outcome = co_await begin_attempt(q_, first);
    co_return result{&first, std::move(outcome)};
  }
  providers::deadline start(q_.on.deadlines, [this] { start_racer(); });
  if (const auto after = sequence_.race_after(input_now(q_, seed_, providers::boot_now()), first.target))
    start.set_after(*after);
  auto outcome = co_await begin_attempt(q_, first);
  start.drop();
  if (!racer_) co_return result{&first, std::move(outcome)};
  co_return co_await decide(first, std::move(outcome));
}

// Called by a clock, while the query's coroutine waits for the first attempt.
void contest::start_racer() {
  const auto step = sequence_.race(input_now(q_, seed_, providers::boot_now()), first_->target);
  if (!step) return;
  auto& second = q_.scratch.second;
  if (!second) second = std::make_unique<attempt_buffers>();
  auto made = std::make_shared<racer>(*second, step->target, q_.on.io.get_executor());
  if (const auto fits = prepare_request(q_, made->attempt); !fits) {
    if (q_.cannot_carry.empty()) q_.cannot_carry = fits.error().context;
    sequence_.pass_over(step->target, fits.error());
    return;
  }
  if (!admit(q_, made->attempt, target_registry::past_breaker::no)) {
    sequence_.not_started(step->target);
    return;
  }
  racer_ = std::move(made);
  racer_->attempt.last_candidate = step->last_candidate;
  racer_->attempt.record = q_.attempts.size();
  q_.attempts.push_back({.target = step->target});
  q_.on.metrics.attempts.add();
  q_.on.metrics.races.add();
  q_.running[1] = &racer_->attempt;
  const auto run = [](query_state& q, std::shared_ptr<racer> r) -> providers::task<void> {
    r->outcome = co_await begin_attempt(q, r->attempt);
  };
  providers::spawn(q_.on.io, run(q_, racer_), [r = racer_, first = first_](const std::exception_ptr& e) {
    if (e) r->outcome = failed_with(routes::make_error(routes::error_kind::internal, "the race broke down"));
    r->done = true;
    // The query waits for the first attempt, or for the bell: `first` is alive.
    if (r->outcome.end == attempt_end::ready && !r->attempt.stopped) first->stop();
    r->bell.cancel();
  });
}

providers::task<void> contest::wait_for_racer() {
  while (!racer_->done) {
    racer_->bell.expires_at(steady::time_point::max());
    co_await racer_->bell.async_wait(providers::use_result);
  }
}

providers::task<contest::result> contest::decide(running_attempt& first, attempt_outcome outcome) {
  auto& second = racer_->attempt;
  if (outcome.end == attempt_end::ready || q_.is_stopped()) {
    second.stop();
    co_await wait_for_racer();
    settle_loser(second, racer_->outcome);
    q_.running[1] = nullptr;
    if (outcome.end == attempt_end::ready) q_.attempts[first.record].race = race_part::winner;
    co_return result{&first, std::move(outcome)};
  }
  settle_loser(first, outcome);
  q_.running[0] = nullptr;
  co_await wait_for_racer();
  if (racer_->outcome.end == attempt_end::ready) {
    q_.attempts[second.record].race = race_part::winner;
    q_.on.metrics.races_won.add();
  }
  co_return result{&second, racer_->outcome};
}

void contest::settle_loser(running_attempt& loser, const attempt_outcome& outcome) {
  const bool lost = outcome.end != attempt_end::failed;
  if (lost) {
    // One that was ready in the same moment holds an open answer.
    if (loser.call) loser.call->cancel();
    q_.attempts[loser.record].race = race_part::loser;
  }
  settle_attempt(q_, loser, lost ? gone() : outcome);
  if (!lost) sequence_.failed(loser.target, outcome.why, providers::boot_now());
  loser.lease = {};
}

}  // namespace nearfar::gateway
