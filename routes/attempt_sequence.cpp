#include "routes/attempt_sequence.hpp"

#include "routes/filters.hpp"
#include "routes/tables.hpp"

#include <algorithm>
#include <utility>

namespace nearfar::routes {
namespace {

constexpr millis backoff{100};

// 0.8 to 1.2, by the query's seed: queries that failed together do not come back together.
double jitter(std::uint64_t seed, unsigned attempt) {
  std::uint64_t x = seed + (attempt + 1) * 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  x ^= x >> 31;
  return 0.8 + 0.4 * static_cast<double>(x >> 11) / static_cast<double>(1ULL << 53);
}

// Rounded up, so that the waiter does not come back a moment too early.
millis until(instant from, instant to) {
  return to > from ? std::chrono::ceil<millis>(to - from) : millis{0};
}

step wait_for(millis delay) {
  step s;
  s.kind = step_kind::wait;
  s.delay = delay;
  return s;
}

}  // namespace

attempt_sequence::attempt_sequence(const policy& rules, const plan& p, instant started,
                                   std::optional<millis> deadline, retry_budget* retries)
    : rules_(rules), plan_(p), started_(started), retries_(retries) {
  for (std::size_t i = 0; i < p.size; ++i) tried_.add({});
  const auto whole = rules.attempts(p.attempts).whole;
  if (deadline && whole) deadline = std::min(*deadline, *whole);
  if (!deadline) deadline = whole;
  // A client may send any number: a deadline beyond a year is none.
  if (deadline && *deadline < std::chrono::hours{24 * 366}) ends_ = started + *deadline;
}

step attempt_sequence::next(const evaluation_input& fresh) {
  if (stop_) return *stop_;
  if (relay_) return relay();
  standings now;
  look(fresh, now);
  if (ends_ && fresh.now >= *ends_) return over(fresh, now);
  if (auto s = next_stale(now)) return *std::move(s);
  if (again_) {
    const auto place = *again_;
    again_.reset();
    if (!tried_[place].forbidden && now[place].usable) return start(place, now);
  }
  if (attempts_ >= rules_.attempts(plan_.attempts).total) return over(fresh, now);
  if (auto s = next_same(fresh, now)) return *std::move(s);
  if (auto s = next_other(fresh, now)) return *std::move(s);
  if (auto s = next_wait(fresh, now)) return *std::move(s);
  if (auto s = next_queue(fresh, now)) return *std::move(s);
  if (auto s = next_forced(fresh, now)) return *std::move(s);
  return over(fresh, now);
}

void attempt_sequence::look(const evaluation_input& in, standings& out) {
  const auto guards = raise_wall(in, nullptr);
  for (std::size_t i = 0; i < plan_.size; ++i) {
    // What one of the client's models brought has guards of its own to pass.
    const bool lets = guards.lets(plan_.order[i]) &&
                      (!in.asked.wishes || blamed_guard(in, plan_.order[i]).reason == drop_reason::kept);
    if (!lets) tried_[i].forbidden = true;
    out.add(stand(in, i));
  }
}

attempt_sequence::standing attempt_sequence::stand(const evaluation_input& in, std::size_t place) const {
  standing s;
  const auto& t = tried_[place];
  const auto target = plan_.order[place];
  s.untried = t.times == 0;
  if (t.forbidden) {
    s.why = drop_reason::guard_deny;
    return s;
  }
  if (!larger_than_failed(rules_.targets()[target])) {
    s.why = drop_reason::context_too_small;
    return s;
  }
  if (snapshot_of(in, target).over_limit != none_index) {
    s.why = drop_reason::limit;
    return s;
  }
  s.why = momentary(in, target);
  if (t.out) return s;
  // What is left of the deadline shrinks from attempt to attempt.
  const auto& median = snapshot_of(in, target).first_token_median;
  if (s.why == drop_reason::kept && ends_ && median && in.now + *median > *ends_)
    s.why = drop_reason::too_slow;
  s.usable = s.why == drop_reason::kept;
  if (t.not_before && *t.not_before > in.now) {
    s.usable = false;
    s.opens = t.not_before;
  }
  const auto& parked = snapshot_of(in, target).parked;
  if (s.why == drop_reason::parked && parked.reason == park_reason::rate_limited) {
    s.opens = std::max(parked.until, s.opens.value_or(parked.until));
  } else if (s.why != drop_reason::kept) {
    s.opens.reset();
  }
  return s;
}

bool attempt_sequence::larger_than_failed(const target& t) const {
  return !too_long_for_ || (t.context && *t.context > *too_long_for_);
}

bool attempt_sequence::fits(instant from, millis delay) const {
  return !ends_ || from + delay < *ends_;
}

step attempt_sequence::start(std::size_t place, const standings& now) {
  step s;
  s.kind = step_kind::attempt;
  s.target = plan_.order[place];
  ++tried_[place].times;
  ++attempts_;
  tried_[place].not_before.reset();
  on_fresh_ = false;
  s.last_candidate = true;
  if (attempts_ >= rules_.attempts(plan_.attempts).total) return s;
  for (std::size_t i = 0; i < plan_.size; ++i) {
    if (i != place && now[i].usable && now[i].untried) s.last_candidate = false;
  }
  return s;
}

std::optional<step> attempt_sequence::next_stale(const standings& now) {
  if (!stale_) return std::nullopt;
  const auto place = *stale_;
  stale_.reset();
  if (tried_[place].forbidden || now[place].why == drop_reason::off) return std::nullopt;
  auto s = start(place, now);
  s.fresh_connection = true;
  on_fresh_ = true;
  return s;
}

std::optional<step> attempt_sequence::next_same(const evaluation_input& in, const standings& now) {
  if (!same_) return std::nullopt;
  const auto place = *same_;
  const std::chrono::duration<double, std::milli> pause = backoff * jitter(in.seed, attempts_);
  const auto ready = same_since_ + std::max(std::chrono::ceil<millis>(pause), same_least_);
  if (!now[place].usable || !fits(in.now, until(in.now, ready))) {
    tried_[place].out = true;
    same_.reset();
    return std::nullopt;
  }
  if (ready > in.now) return wait_for(until(in.now, ready));
  same_.reset();
  return start(place, now);
}

std::optional<step> attempt_sequence::next_other(const evaluation_input& in, const standings& now) {
  for (std::size_t i = 0; i < plan_.size; ++i) {
    if (now[i].usable && now[i].untried) return start(i, now);
  }
  for (std::size_t i = 0; i < plan_.size; ++i) {
    if (!now[i].usable) continue;
    if (retries_ == nullptr || retries_->take(in.now)) return start(i, now);
    tried_[i].out = true;
  }
  return std::nullopt;
}

std::optional<step> attempt_sequence::next_wait(const evaluation_input& in, const standings& now) {
  const auto delay = shortest_wait(in.now, now, false);
  if (!delay || *delay > rules_.attempts(plan_.attempts).retry_after_max || !fits(in.now, *delay)) {
    return std::nullopt;
  }
  return wait_for(std::max(*delay, millis{1}));
}

// Only where no other target can be asked: waiting is the last resort before an open breaker is tried.
std::optional<step> attempt_sequence::next_queue(const evaluation_input& in, const standings& now) {
  step s;
  s.kind = step_kind::queue;
  std::vector<std::size_t> providers;
  for (std::size_t i = 0; i < plan_.size; ++i) {
    const auto target = plan_.order[i];
    if (now[i].why != drop_reason::queue_full || !now[i].untried || tried_[i].out) continue;
    if (!snapshot_of(in, target).queue_room) continue;
    const auto at = rules_.targets()[target].provider;
    const auto& line = rules_.configuration().providers[at].queue;
    if (!line || std::find(providers.begin(), providers.end(), at) != providers.end()) continue;
    if (!queued_since_) queued_since_ = in.now;
    const auto left = until(in.now, *queued_since_ + line->wait);
    if (left == millis{0}) continue;
    providers.push_back(at);
    s.lines.push_back(target);
    s.delay = std::max(s.delay, left);
  }
  if (s.lines.empty()) return std::nullopt;
  if (ends_) s.delay = std::min(s.delay, until(in.now, *ends_));
  return s;
}

// Only momentary filters emptied the list and nothing was tried: whatever comes back first is better
// than an error. A park is no guess but the vendor's word, so it is never broken here.
std::optional<step> attempt_sequence::next_forced(const evaluation_input& in, const standings& now) {
  if (attempts_ != 0 || !history_.empty()) return std::nullopt;
  std::optional<std::size_t> best;
  auto soonest = instant::max();
  for (std::size_t i = 0; i < plan_.size; ++i) {
    const bool breaker = now[i].why == drop_reason::breaker_open;
    if (!breaker && now[i].why != drop_reason::unreachable) continue;
    // Nobody knows when a link returns: after every breaker that names its moment.
    const auto back = breaker ? snapshot_of(in, plan_.order[i]).breaker_reopens : instant::max();
    if (best && back >= soonest) continue;
    best = i;
    soonest = back;
  }
  if (!best) return std::nullopt;
  auto s = start(*best, now);
  s.last_candidate = true;
  return s;
}

std::size_t attempt_sequence::place_of(target_index target) const {
  const auto* const end = plan_.order.data() + plan_.size;
  return static_cast<std::size_t>(std::find(plan_.order.data(), end, target) - plan_.order.data());
}

void attempt_sequence::not_started(target_index target) {
  const auto place = place_of(target);
  if (place == plan_.size || tried_[place].times == 0) return;
  --tried_[place].times;
  --attempts_;
}

void attempt_sequence::again(target_index target) {
  const auto place = place_of(target);
  not_started(target);
  if (place != plan_.size) again_ = place;
}

void attempt_sequence::pass_over(target_index target, const error& why) {
  not_started(target);
  const auto place = place_of(target);
  if (place == plan_.size) return;
  tried_[place].out = true;
  history_.push_back({target, why.kind, why.status, why.retry_after, why.context});
}

void attempt_sequence::failed(target_index target, const error& e, instant now) {
  const auto place = place_of(target);
  if (place == plan_.size || e.kind == error_kind::none) return;
  auto kind = e.kind;
  if (kind == error_kind::stale && !on_fresh_) {
    stale_ = place;
    --tried_[place].times;
    --attempts_;
    return;
  }
  if (kind == error_kind::stale) kind = error_kind::reset;  // a fresh connection cannot be stale
  history_.push_back({target, kind, e.status, e.retry_after, e.context});
  if (belongs_to_provider(kind)) drop_provider(target);
  switch (kind) {
    case error_kind::reset:
    case error_kind::server_error:
      return again_or_other(place, e, now);
    case error_kind::overloaded:
    case error_kind::rate_limited:
      return again_later(place, e, now);
    case error_kind::too_long:
      too_long_for_ = std::max(too_long_for_.value_or(0), rules_.targets()[target].context.value_or(0));
      break;
    case error_kind::empty:
      if (++empties_ < 2) break;
      for (std::size_t i = 0; i < plan_.size; ++i) tried_[i].out = true;
      break;
    case error_kind::refused:
    case error_kind::bad_request:
      relay_ = true;
      break;
    case error_kind::cancelled:
      stop_ = step{};
      stop_->status = 499;
      stop_->code = "cancelled";
      stop_->message = "the client went away";
      break;
    case error_kind::internal:
      stop_ = step{};
      stop_->status = 500;
      stop_->code = "internal_error";
      stop_->message = rules_.targets()[target].name + ": internal error";
      break;
    default:
      break;
  }
  tried_[place].out = true;
}

void attempt_sequence::again_or_other(std::size_t place, const error& e, instant now) {
  const auto& how = rules_.attempts(plan_.attempts);
  const auto asked_for = e.retry_after.value_or(millis{0});
  // A second failure that was the same target's second chance moves on.
  if (tried_[place].times >= how.same_target || asked_for > how.retry_after_max ||
      (retries_ != nullptr && !retries_->take(now))) {
    tried_[place].out = true;
    return;
  }
  same_ = place;
  same_since_ = now;
  same_least_ = asked_for;
}

// Comes back only when no other target is left and the upstream named a short while.
void attempt_sequence::again_later(std::size_t place, const error& e, instant now) {
  const auto& how = rules_.attempts(plan_.attempts);
  if (!e.retry_after || *e.retry_after > how.retry_after_max) {
    tried_[place].out = true;
    return;
  }
  tried_[place].not_before = now + *e.retry_after;
}

void attempt_sequence::drop_provider(target_index target) {
  const auto provider = rules_.targets()[target].provider;
  for (std::size_t i = 0; i < plan_.size; ++i) {
    if (rules_.targets()[plan_.order[i]].provider == provider) tried_[i].out = true;
  }
}

std::optional<millis> attempt_sequence::shortest_wait(instant from, const standings& now,
                                                      bool parks_only) const {
  std::optional<millis> shortest;
  for (std::size_t i = 0; i < plan_.size; ++i) {
    if (!now[i].opens || (parks_only && now[i].why != drop_reason::parked)) continue;
    const auto delay = until(from, *now[i].opens);
    if (!shortest || delay < *shortest) shortest = delay;
  }
  return shortest;
}

}  // namespace nearfar::routes
