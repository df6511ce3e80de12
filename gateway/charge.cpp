#include "gateway/charge.hpp"

#include "gateway/ledger/cost.hpp"
#include "gateway/limits/query_limits.hpp"
#include "providers/http/open_sockets.hpp"
#include "routes/condition_text.hpp"

#include <algorithm>
#include <chrono>

namespace nearfar::gateway {

namespace {

using routes::error_kind;

// The request was heard and an answer may have been begun, though what came of it is no whole answer.
bool may_have_been_billed(const attempt_outcome& outcome) {
  if (outcome.end == attempt_end::gone || outcome.end == attempt_end::broken) return true;
  switch (outcome.why.kind) {
    case error_kind::timeout:
    case error_kind::broken:
    case error_kind::bad_answer:
    case error_kind::bad_event:
    case error_kind::empty:
      return true;
    default:
      return false;
  }
}

// Or by our link, of which the upstream hears late or never: it may have gone on. One that broke off by
// itself has given what it gave.
bool closed_by_us(const attempt_outcome& outcome) {
  return outcome.end == attempt_end::gone || outcome.why.kind == error_kind::timeout ||
         providers::was_cut(outcome.why);
}

// What the stream has told so far; the filter is another query's before the head has come.
const providers::stream_observer* seen_of(const running_attempt& attempt) {
  return attempt.streams ? &attempt.buffers->filter.seen() : nullptr;
}

std::optional<providers::usage> told_usage(const running_attempt& attempt) {
  if (attempt.tokens) return attempt.tokens;
  const auto* seen = seen_of(attempt);
  return seen != nullptr ? seen->tokens() : std::nullopt;
}

// A whole answer that told no usage: four bytes of Latin text are about a token.
std::uint64_t tokens_of_text(std::size_t bytes) {
  return bytes / 4;
}

std::uint64_t output_seen(const query_state& q, const running_attempt& attempt,
                          const attempt_outcome& outcome) {
  if (const auto* seen = seen_of(attempt)) return seen->content_events();
  // Sounds and images are no text.
  if (!config::is_chat(q.path.in) && q.path.in != config::dialect::openai_completions) return 0;
  return outcome.end == attempt_end::answered ? tokens_of_text(attempt.buffers->answer.size()) : 0;
}

attempt_charge estimated(const query_state& q, const running_attempt& attempt,
                         const attempt_outcome& outcome) {
  attempt_charge out;
  out.sure = certainty::estimated;
  out.tokens = told_usage(attempt).value_or(providers::usage{});
  out.tokens.cost.reset();  // of a part is not of the whole
  out.tokens.input = std::max(out.tokens.input, q.asked().input_tokens);
  out.tokens.output = std::max(out.tokens.output, output_seen(q, attempt, outcome));
  if (closed_by_us(outcome) && !q.target(attempt.target).preset->closing_stops_bill) {
    const auto& target = q.deployed->policy->targets()[attempt.target];
    const auto& known = q.scratch.snapshots[attempt.target];
    out.tokens.output = std::max(out.tokens.output, expected_output(target, q.asked(), known));
  }
  return out;
}

std::optional<nano_usd> dearest_of(const query_state& q, const providers::usage& used) {
  std::optional<nano_usd> out;
  const auto targets = q.deployed->policy->targets();
  for (std::size_t i = 0; i < q.plan.size; ++i) {
    const auto cost = cost_of(targets[q.plan.order[i]].prices, used);
    if (cost && (!out || *cost > *out)) out = cost;
  }
  return out;
}

std::int64_t unix_milliseconds() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

attempt_charge charge_of(const query_state& q, const running_attempt& attempt,
                         const attempt_outcome& outcome) {
  attempt_charge out;
  out.cost = 0;
  // Vendors count for nothing.
  const bool counts = q.path.verb == query_verb::count_tokens;
  if (counts || attempt.asked_at == steady::time_point{}) return out;
  const auto told = told_usage(attempt);
  const bool answered = outcome.end == attempt_end::answered;
  if (answered && told) {
    out.tokens = *told;
    out.sure = certainty::reported;
  } else if (answered || may_have_been_billed(outcome)) {
    out = estimated(q, attempt, outcome);
  } else {
    return out;
  }
  if (out.tokens.cost) {
    out.cost = from_usd(*out.tokens.cost);
    out.cost_is_reported = true;
  } else {
    out.cost = cost_of(q.deployed->policy->targets()[attempt.target].prices, out.tokens);
  }
  return out;
}

std::string_view outcome_name(const attempt_record& attempt) {
  if (attempt.race == race_part::loser) return "lost_race";
  return attempt.failure == error_kind::none ? "answered" : routes::to_string(attempt.failure);
}

ledger_row_view row_of(const query_state& q, const running_attempt& attempt, const attempt_charge& charge,
                       unsigned leg) {
  const auto& target = q.deployed->policy->targets()[attempt.target];
  const auto& record = q.attempts[attempt.record];
  const auto& asked = q.asked();
  ledger_row_view out;
  out.at = unix_milliseconds();
  out.query = q.id;
  out.attempt = static_cast<unsigned>(attempt.record);
  out.leg = leg;
  out.key = asked.key;
  out.team = asked.team;
  out.tag = asked.tag;
  out.model = asked.model.substr(0, 200);
  out.target = target.name;
  out.tier = routes::to_string(target.tier);
  out.dialect = config::to_string(q.path.in);
  out.stream = asked.stream;
  out.outcome = outcome_name(record);
  out.status = record.status;
  if (leg > 0) out.finish = attempt.finish_reason;
  out.tokens = charge.tokens;
  out.sure = charge.sure;
  out.cost = charge.cost;
  out.cost_is_reported = charge.cost_is_reported;
  // Of what the client was given: a lost race would have been asked of nobody else.
  if (leg > 0) out.dearest = dearest_of(q, charge.tokens);
  if (leg == 0) out.dearest = 0;
  out.price_input = target.price_input;
  out.price_output = target.price_output;
  if (attempt.first_token) out.first_token_us = attempt.first_token->count();
  out.took_us = record.took.count();
  out.policy = q.deployed->policy->revision();
  return out;
}

}  // namespace nearfar::gateway
