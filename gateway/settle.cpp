#include "gateway/settle.hpp"

#include "gateway/charge.hpp"
#include "gateway/decisions.hpp"
#include "gateway/event_hub.hpp"
#include "gateway/key_scope.hpp"
#include "gateway/log.hpp"
#include "gateway/park_memory.hpp"
#include "gateway/query_line.hpp"
#include "providers/http/open_sockets.hpp"
#include "providers/os/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace nearfar::gateway {

namespace {

using routes::error_kind;

bool connect_class(error_kind kind) {
  return kind == error_kind::connect || kind == error_kind::dns || kind == error_kind::tls;
}

// Connect, DNS and TLS failures inside a scope that is not online say nothing of the target.
target_registry::breaker_food food_of(const query_state& q, const deployed_target& target,
                                      const routes::error& why) {
  using food = target_registry::breaker_food;
  // Its link went down under it.
  if (providers::was_cut(why)) return food::no;
  if (!connect_class(why.kind) || is_on_loopback(target)) return food::yes;
  const auto& now = q.on.facts.values;
  if (target.tier == config::tier::remote) {
    return now.network == routes::network_state::online || now.network == routes::network_state::degraded
               ? food::yes
               : food::no;
  }
  return now.lan == routes::lan_state::up ? food::yes : food::no;
}

void learn_failure(query_state& q, const deployed_target& target, const routes::error& why,
                   routes::instant now) {
  q.on.shared.facts.unreachable(target.tier, is_on_loopback(target), why, now);
  q.on.fresh_facts(now, *q.deployed);
  if (refused_the_caller(target, why.kind)) return q.on.shared.registry.abandoned(*q.deployed, target.index);
  // Of a key or a credit that the policy in force has perhaps no more: that would be parked for good.
  const bool of_this_policy = q.deployed == q.on.deployed;
  if (!of_this_policy && (why.kind == error_kind::auth || why.kind == error_kind::exhausted))
    return q.on.shared.registry.abandoned(*q.deployed, target.index);
  q.on.shared.registry.failed(*q.deployed, target.index, now, why, food_of(q, target, why));
  const bool parks = why.kind == error_kind::auth || why.kind == error_kind::exhausted ||
                     why.kind == error_kind::rate_limited;
  if (parks) keep_parks(q.on.shared, *q.deployed);
  if (why.kind == error_kind::auth) {
    log_event(log_level::error, "provider refused its key",
              fmt::format("{} answered {}: check {}; parked until the configuration changes", target.name,
                          why.status, config::describe(target.from->key)));
  } else if (why.kind == error_kind::exhausted) {
    log_event(log_level::error, "provider has no credit left",
              fmt::format("{}: parked until the configuration changes", target.name));
  } else if (why.kind == error_kind::not_found) {
    log_event(log_level::warning, "provider does not know the model",
              fmt::format("{} asked for `{}`", target.name, target.upstream_model));
  }
}

void remember_remote(query_state& q, const deployed_target& target, routes::instant now) {
  auto& last = q.on.last_remote;
  if (last.of != q.deployed) last.of = q.deployed;
  last.target = target.index;
  last.at = now;
}

// The kernel has measured the path; once a second is often enough to ask for it.
bool is_slow_path(query_state& q, const deployed_target& target, routes::instant now) {
  if (target.tier != config::tier::remote || is_on_loopback(target)) return false;
  if (now - q.on.path_measured < std::chrono::seconds(1)) return false;
  q.on.path_measured = now;
  const auto path = q.on.upstreams.path_to(target.where);
  return path && path->is_slow();
}

// The upstream was reached, whatever it said.
void learn_reached(query_state& q, const deployed_target& target, routes::instant now) {
  const bool loopback = is_on_loopback(target);
  if (target.tier == config::tier::remote && !loopback) remember_remote(q, target, now);
  const bool slow = is_slow_path(q, target, now);
  auto& facts = q.on.shared.facts;
  switch (slow ? facts.slow(target.tier, loopback, now) : facts.reached(target.tier, loopback, now)) {
    case network_change::internet_back:
      q.on.shared.registry.half_open(*q.deployed, config::tier::remote, now);
      break;
    case network_change::lan_back:
      q.on.shared.registry.half_open(*q.deployed, config::tier::self_hosted, now);
      break;
    case network_change::none:
      break;
  }
}

target_registry::measured measure(const query_state& q, const running_attempt& attempt) {
  target_registry::measured out;
  // One that a client's max_tokens may have cut says nothing of the usual length, nor does the rest of one.
  if (attempt.tokens && q.asked().output_tokens == 0 && !attempt.leg) out.output = attempt.tokens->output;
  if (!attempt.first_token) return out;
  out.first_token = std::chrono::duration_cast<routes::millis>(*attempt.first_token);
  const auto whole = steady::now() - attempt.began;
  const double seconds = std::chrono::duration<double>(whole - *attempt.first_token).count();
  const double tokens = attempt.tokens && attempt.tokens->output > 0
                            ? static_cast<double>(attempt.tokens->output)
                            : static_cast<double>(attempt.buffers->filter.seen().content_events());
  // Shorter than this the clock says more of the scheduler than of the model.
  if (seconds > 0.01 && tokens > 1) out.tokens_per_second = (tokens - 1) / seconds;
  return out;
}

// What the client was given of an answer: its legs add up.
void add_tokens(query_state& q, const attempt_charge& charge) {
  if (charge.sure == certainty::none) return;
  if (charge.sure == certainty::estimated) q.tokens_estimated = true;
  auto& sum = q.tokens ? *q.tokens : q.tokens.emplace();
  sum.input += charge.tokens.input;
  sum.output += charge.tokens.output;
  sum.cached += charge.tokens.cached;
  sum.cache_write += charge.tokens.cache_write;
  sum.reasoning += charge.tokens.reasoning;
}

void add_cost(query_state& q, const attempt_charge& charge) {
  if (charge.sure == certainty::none) return;
  if (charge.cost) {
    q.cost = q.cost.value_or(0) + *charge.cost;
  } else {
    q.cost_is_unknown = true;
  }
}

// What it used takes the place of what was held for it, and the ledger has its row.
void pay(query_state& q, running_attempt& attempt, const attempt_outcome& outcome, bool begun) {
  const auto charge = charge_of(q, attempt, outcome);
  add_cost(q, charge);
  if (begun) {
    add_tokens(q, charge);
    q.finish_reason = attempt.finish_reason;
  }
  if (q.limits != nullptr) {
    const auto tokens = charge.tokens.input + charge.tokens.output;
    q.limits->settle(attempt.buffers->hold, charge.cost.value_or(0), tokens, std::time(nullptr));
  }
  q.scratch.rows.add(row_of(q, attempt, charge, begun ? ++q.legs : 0));
}

// Not the target's doing, and no attempt.
void settle_stale(query_state& q, running_attempt& attempt) {
  q.on.metrics.stale.add();
  // In a race another record may stand behind it.
  if (attempt.record + 1 == q.attempts.size()) q.attempts.pop_back();
  q.on.shared.registry.abandoned(*q.deployed, attempt.target);
  if (q.limits != nullptr) q.limits->release(attempt.buffers->hold);
}

// Cancelled by the client, by a newer query or by the winner of a race. Who lost for being slow was at least
// that slow.
void settle_cancelled(query_state& q, const running_attempt& attempt, routes::instant now) {
  auto& record = q.attempts[attempt.record];
  record.failure = error_kind::cancelled;
  if (record.race == race_part::loser && !attempt.first_token) {
    const auto silent = std::chrono::duration_cast<routes::millis>(record.took);
    q.on.shared.registry.outrun(*q.deployed, attempt.target, now, silent);
  } else {
    q.on.shared.registry.abandoned(*q.deployed, attempt.target);
  }
}

void count(query_state& q, double seconds) {
  auto& metrics = q.on.metrics;
  const bool client_left = q.end == query_end::gone;
  metrics.by_status[client_left ? 0 : static_cast<std::size_t>(q.status / 100 % 6)].add();
  if (q.end == query_end::complete && q.answered_by != routes::none_index) {
    metrics.by_tier[static_cast<std::size_t>(q.target(q.answered_by).tier)].add();
  }
  if (q.end == query_end::broken) metrics.broken.add();
  if (q.end == query_end::complete && q.so_far) metrics.continued.add();
  if (q.tokens) {
    metrics.input_tokens.add(q.tokens->input);
    metrics.output_tokens.add(q.tokens->output);
    metrics.cached_tokens.add(q.tokens->cached);
  }
  if (q.first_token) metrics.first_token.observe(std::chrono::duration<double>(*q.first_token).count());
  metrics.duration.observe(seconds);
}

void stick_to(query_state& q, const deployed_target& target, routes::instant now) {
  if (target.sticks == routes::millis{0} || !routes::is_worth_sticking(q.asked())) return;
  q.on.shared.sticky.answered(q.asked().conversation, target.slot, now, target.sticks);
}

}  // namespace

void settle_attempt(query_state& q, running_attempt& attempt, const attempt_outcome& outcome) {
  const auto& target = q.target(attempt.target);
  const auto now = providers::boot_now();
  auto& record = q.attempts[attempt.record];
  record.took = std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - attempt.began);
  record.failure = outcome.why.kind;
  record.status = outcome.why.status;
  const bool begun = q.answered_by == attempt.target && outcome.end != attempt_end::failed;
  // A client that goes away in the middle (a barge-in) leaves a warm cache, too.
  if (outcome.end == attempt_end::answered || (outcome.end == attempt_end::gone && begun))
    stick_to(q, target, now);
  if (outcome.why.kind == error_kind::stale) return settle_stale(q, attempt);
  pay(q, attempt, outcome, begun);
  if (outcome.end == attempt_end::gone) return settle_cancelled(q, attempt, now);
  if (outcome.end == attempt_end::answered) {
    learn_reached(q, target, now);
    q.on.shared.registry.succeeded(*q.deployed, attempt.target, now, measure(q, attempt));
    return;
  }
  q.on.metrics.failures[static_cast<std::size_t>(outcome.why.kind) % q.on.metrics.failures.size()].add();
  if (outcome.why.status != 0) learn_reached(q, target, now);
  if (q.path.verb == query_verb::count_tokens && outcome.why.kind == error_kind::not_found) {
    // It has no path that counts; of the model that says nothing.
    q.on.shared.registry.abandoned(*q.deployed, attempt.target);
    return;
  }
  learn_failure(q, target, outcome.why, now);
}

void settle_query(query_state& q) {
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - q.started);
  count(q, std::chrono::duration<double>(took).count());
  if (q.limits != nullptr) q.limits->end(std::time(nullptr));
  q.on.shared.bill.push(q.scratch.rows);
  q.scratch.rows.clear();
  end_decision(q, took);
  const bool logs = q.on.shared.options.log_queries;
  const bool shows = q.on.shared.events->wanted();
  if (!logs && !shows) return;
  const auto line = query_line(q, took);
  if (logs) q.on.lines.add(line);
  if (shows) q.on.shared.events->publish(line);
}

}  // namespace nearfar::gateway
