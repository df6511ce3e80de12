#include "gateway/target_registry.hpp"

#include "gateway/deployment.hpp"

#include <algorithm>
#include <utility>

namespace nearfar::gateway {

namespace {

std::string join(std::string_view name, std::string_view url) {
  std::string key(name);
  key += '|';
  key += url;
  return key;
}

template <class Entries>
std::size_t find_or_add(Entries& entries, std::string key) {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.key == key; });
  if (found != entries.end()) return static_cast<std::size_t>(found - entries.begin());
  entries.emplace_back();
  entries.back().key = std::move(key);
  return entries.size() - 1;
}

// What parks a target, and until when. 401/403 and 402 hold until the configuration changes.
routes::park park_for(const routes::error& e, routes::instant now) {
  using routes::error_kind;
  // Without a Retry-After a rate limit is left alone for as long as a per-second quota needs to move.
  constexpr routes::millis unstated{5'000};
  switch (e.kind) {
    case error_kind::rate_limited:
      return {routes::park_reason::rate_limited, now + e.retry_after.value_or(unstated)};
    case error_kind::auth:
      return {routes::park_reason::auth, routes::instant::max()};
    case error_kind::exhausted:
      return {routes::park_reason::exhausted, routes::instant::max()};
    default:
      return {};
  }
}

}  // namespace

std::size_t target_registry::slot(std::string_view target, std::string_view url) {
  const std::lock_guard hold(lock_);
  return find_or_add(entries_, join(target, url));
}

std::size_t target_registry::provider_slot(std::string_view provider, std::string_view url) {
  const std::lock_guard hold(lock_);
  return find_or_add(providers_, join(provider, url));
}

void target_registry::snapshot(const deployment& of, std::span<const routes::target_index> candidates,
                               routes::instant now, std::vector<routes::target_snapshot>& out,
                               const queue_waiter* waiter) {
  out.resize(of.targets.size());
  const std::lock_guard hold(lock_);
  for (const auto index : candidates) {
    const auto& target = of.targets[index];
    auto& to = out[index];
    to = entries_[target.slot].state.snapshot(now);
    to.absent = target.is_absent(now);
    apply_switches(target, to.off_until, to.last_until);
    const auto& limit = target.from->concurrent;
    const auto& places = providers_[target.provider_slot].places;
    const bool granted = waiter != nullptr && waiter->granted == &places;
    to.queue_full = limit && !granted && places.in_flight() >= *limit;
    to.queue_room = target.from->queue && places.waiting() < target.from->queue->max;
  }
}

target_registry::admission target_registry::admit(const deployment& of, routes::target_index target,
                                                  routes::instant now, past_breaker how,
                                                  queue_waiter* waiter) {
  const auto& wanted = of.targets[target];
  const std::lock_guard hold(lock_);
  auto& places = providers_[wanted.provider_slot].places;
  const bool granted = waiter != nullptr && waiter->granted == &places;
  const auto& limit = wanted.from->concurrent;
  if (limit && !granted && places.in_flight() >= *limit) return admission::full;
  if (!entries_[wanted.slot].state.gate.admit(now) && how == past_breaker::no) return admission::breaker_open;
  if (granted) {
    waiter->granted = nullptr;
  } else {
    places.take();
  }
  return admission::admitted;
}

bool target_registry::enlist(const deployment& of, std::span<const routes::target_index> lines,
                             const std::shared_ptr<queue_waiter>& who) {
  const std::lock_guard hold(lock_);
  bool waits = false;
  for (const auto index : lines) {
    const auto& target = of.targets[index];
    auto& places = providers_[target.provider_slot].places;
    if (!target.from->concurrent || !target.from->queue) continue;
    if (places.waiting() >= target.from->queue->max) continue;
    places.enlist(who, *target.from->concurrent);
    waits = true;
  }
  return waits;
}

void target_registry::leave_line(queue_waiter& who) {
  const std::lock_guard hold(lock_);
  provider_places::withdraw(who);
  if (who.granted != nullptr) std::exchange(who.granted, nullptr)->leave();
}

void target_registry::leave(const deployment& of, routes::target_index target) {
  providers_[of.targets[target].provider_slot].places.leave();
}

void target_registry::succeeded(const deployment& of, routes::target_index target, routes::instant now,
                                const measured& what) {
  const std::lock_guard hold(lock_);
  leave(of, target);
  auto& state = entries_[of.targets[target].slot].state;
  state.gate.success(now);
  state.known.outcome(now, false);
  if (what.first_token) state.known.first_token(now, *what.first_token);
  if (what.tokens_per_second) state.known.throughput(now, *what.tokens_per_second);
  if (what.output) state.known.output(now, *what.output);
}

void target_registry::failed(const deployment& of, routes::target_index target, routes::instant now,
                             const routes::error& e, breaker_food food) {
  const std::lock_guard hold(lock_);
  leave(of, target);
  const auto& culprit = of.targets[target];
  const auto parked = park_for(e, now);
  for (const auto& other : of.targets) {
    const bool same = other.index == target;
    if (!same && !(other.from == culprit.from && routes::belongs_to_provider(e.kind))) continue;
    auto& state = entries_[other.slot].state;
    if (parked.reason != routes::park_reason::none) state.parked = parked;
    if (food == breaker_food::yes) {
      state.gate.failure(now, e.kind);
    } else if (same) {
      state.gate.probe_abandoned();
    }
    if (same) state.known.outcome(now, true);
  }
}

void target_registry::abandoned(const deployment& of, routes::target_index target) {
  const std::lock_guard hold(lock_);
  leave(of, target);
  entries_[of.targets[target].slot].state.gate.probe_abandoned();
}

void target_registry::outrun(const deployment& of, routes::target_index target, routes::instant now,
                             routes::millis silent) {
  const std::lock_guard hold(lock_);
  leave(of, target);
  auto& state = entries_[of.targets[target].slot].state;
  state.gate.probe_abandoned();
  state.known.first_token(now, silent);
}

config::continuation_kind target_registry::strongest_continuation(const deployment& of,
                                                                  routes::target_index target) const {
  const std::lock_guard hold(lock_);
  return entries_[of.targets[target].slot].continues;
}

void target_registry::refused_continuation(const deployment& of, routes::target_index target,
                                           config::continuation_kind next) {
  const std::lock_guard hold(lock_);
  auto& known = entries_[of.targets[target].slot].continues;
  known = std::max(known, next);
}

void target_registry::half_open(const deployment& of, config::tier scope, routes::instant now) {
  const std::lock_guard hold(lock_);
  for (const auto& target : of.targets) {
    if (target.tier == scope) entries_[target.slot].state.gate.half_open_now(now);
  }
}

void target_registry::park(const deployment& of, routes::target_index target, const routes::park& until) {
  const std::lock_guard hold(lock_);
  entries_[of.targets[target].slot].state.parked = until;
}

void target_registry::forget_refusals(const deployment& of) {
  const std::lock_guard hold(lock_);
  for (const auto& target : of.targets) {
    // Another model behind the same name may be able to go on.
    entries_[target.slot].continues = config::continuation_kind::native;
    auto& parked = entries_[target.slot].state.parked;
    if (parked.reason == routes::park_reason::auth || parked.reason == routes::park_reason::exhausted)
      parked = {};
  }
}

void target_registry::apply_switches(const deployed_target& target, routes::instant& off,
                                     routes::instant& last) const {
  for (const auto& one : switches_) {
    if (one.name != target.name && one.name != target.from->name) continue;
    auto& until = one.kind == switch_kind::off ? off : last;
    until = std::max(until, one.until);
  }
}

void target_registry::switch_by_hand(std::string name, switch_kind kind, routes::instant until) {
  const std::lock_guard hold(lock_);
  const auto same = [&](const hand_switch& s) { return s.name == name && s.kind == kind; };
  std::erase_if(switches_, same);
  switches_.push_back({std::move(name), kind, until});
}

bool target_registry::switch_back(std::string_view name) {
  const std::lock_guard hold(lock_);
  return std::erase_if(switches_, [&](const hand_switch& s) { return s.name == name; }) > 0;
}

std::vector<target_registry::hand_switch> target_registry::switched(routes::instant now) const {
  std::vector<hand_switch> out;
  const std::lock_guard hold(lock_);
  for (const auto& one : switches_) {
    if (now < one.until) out.push_back(one);
  }
  return out;
}

std::vector<target_registry::view> target_registry::all(const deployment& of, routes::instant now) const {
  std::vector<view> out;
  const std::lock_guard hold(lock_);
  for (const auto& target : of.targets) {
    const auto& state = entries_[target.slot].state;
    routes::instant off{};
    routes::instant last{};
    apply_switches(target, off, last);
    out.push_back({target.name, target.is_absent(now), off, last, state.gate.state(now), state.parked,
                   state.known.first_token_ms(now), state.known.tokens_per_second(now),
                   state.known.failure_share(now)});
  }
  return out;
}

}  // namespace nearfar::gateway
