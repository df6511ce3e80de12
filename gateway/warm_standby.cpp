#include "gateway/warm_standby.hpp"

#include "gateway/contest.hpp"
#include "gateway/hand_over.hpp"
#include "gateway/prefill.hpp"
#include "gateway/provider_use.hpp"
#include "providers/os/clock.hpp"

#include <algorithm>

namespace nearfar::gateway {

namespace {

// As for races: without a charger, below this the battery is for answers that are needed for sure.
constexpr double low_battery = 20;
// Copied for each reading; longer requests are rarely the talk of a wearer, and rarely fit the device.
constexpr std::size_t longest_body = 256 * 1024;
// A reading that takes longer keeps up with no answer.
constexpr std::chrono::seconds reading_time{20};

bool must_spare_battery(const routes::facts& now) {
  return now.battery && *now.battery < low_battery && now.charging != true;
}

bool has_device_target(const query_state& q) {
  const auto end = q.plan.order.begin() + static_cast<std::ptrdiff_t>(q.plan.size);
  return std::any_of(q.plan.order.begin(), end, [&](auto i) {
    return q.target(i).tier == config::tier::device && can_prefill(q.target(i));
  });
}

bool is_kept(const routes::trace& why, routes::target_index target) {
  for (std::size_t i = 0; i < why.candidates; ++i) {
    if (why.verdicts[i].target == target) return why.verdicts[i].reason == routes::drop_reason::kept;
  }
  return false;
}

}  // namespace

// Shared with the coroutine, which may end after the query.
struct warm_standby::reading {
  reading(core& serving, std::shared_ptr<const deployment> of, const choice& who)
      : on(serving), deployed(std::move(of)), chosen(who), call(on.upstreams, on.deadlines) {}

  core& on;
  std::shared_ptr<const deployment> deployed;
  choice chosen;
  std::string body;
  std::chrono::milliseconds connect{};
  std::unique_ptr<provider_use> place;
  providers::device_tier::lease lease;
  providers::exchange call;
  std::function<void()> cancel;
  bool stopped = false;
  bool done = false;  // nothing is under way
  bool warm = false;  // it has read something

  void stop() {
    stopped = true;
    // Now and not when the coroutine comes to its end: the leg that follows may need the place.
    if (place) place->leave();
    if (cancel) cancel();
    call.cancel();
  }

  static providers::task<void> run(std::shared_ptr<reading> r);
};

providers::task<void> warm_standby::reading::run(std::shared_ptr<reading> r) {
  using start = providers::device_tier::start;
  const auto& target = r->deployed->targets[r->chosen.target];
  const auto until = steady::now() + reading_time;
  if (target.supervised) {
    const auto how = r->chosen.next_in_plan ? start::when_needed : start::only_loaded;
    auto got = co_await r->on.shared.device.acquire(target.name, reading_time, &r->cancel, how);
    if (!got || r->stopped) co_return;
    r->lease = std::move(*got);
  }
  const auto& where = target.supervised ? r->lease.where() : target.where;
  r->on.metrics.standby_prefills.add();
  const auto read = co_await prefill(r->call, target, where, r->body, {r->connect, until});
  if (!read || r->stopped) co_return;
  r->warm = true;
  r->on.metrics.standby_tokens.add(read->input - std::min(read->input, read->cached));
}

warm_standby::warm_standby(query_state& q, const running_attempt& running)
    : q_(q),
      running_(running.target),
      possible_(q.target(running.target).tier == config::tier::remote && may_hand_over(q) &&
                q.asked().body_bytes <= longest_body && has_device_target(q)) {}

warm_standby::~warm_standby() {
  if (!reading_) return;
  if (reading_->warm) q_.stood_by = reading_->chosen.target;
  reading_->stop();
}

void warm_standby::heard(std::string_view said) {
  if (!possible_ || (reading_ && !reading_->done)) return;
  const auto now = steady::now();
  if (!pace_.due(now)) return;
  const auto bytes = pace_.worth_reading(said);
  const auto who = bytes ? choose() : std::nullopt;
  if (!who) {
    pace_.look_later(now);
    return;
  }
  begin(*who, said, *bytes);
  pace_.read(*bytes, now);
}

std::optional<warm_standby::choice> warm_standby::choose() {
  const auto& now = q_.on.fresh_facts(providers::boot_now(), *q_.deployed).values;
  if (now.network != routes::network_state::degraded || must_spare_battery(now)) return std::nullopt;
  routes::plan plan;
  routes::trace why;
  routes::evaluate(input_now(q_, 0, providers::boot_now()), plan, why);
  bool first = true;
  for (std::size_t i = 0; i < plan.size; ++i) {
    const auto index = plan.order[i];
    if (index == running_ || !is_kept(why, index)) continue;
    const auto& target = q_.target(index);
    const bool fits = target.tier == config::tier::device && can_prefill(target) &&
                      way_of(q_, index) != config::continuation_kind::none;
    if (fits) return choice{index, first};
    first = false;
  }
  return std::nullopt;
}

void warm_standby::begin(const choice& who, std::string_view said, std::size_t bytes) {
  const bool again = reading_ && reading_->chosen.target == who.target;
  auto next = std::make_shared<reading>(q_.on, q_.deployed, who);
  next->place = std::make_unique<provider_use>(q_.on, q_.deployed, who.target);
  if (!*next->place) return;  // the device is busy with somebody's answer
  next->body = prefill_body(q_, q_.target(who.target), said.substr(0, bytes), way_of(q_, who.target));
  next->connect = q_.how->connect;
  if (again) {
    next->lease = std::move(reading_->lease);
    next->warm = reading_->warm;
  }
  reading_ = next;
  providers::spawn(q_.on.io, reading::run(next), [next](const std::exception_ptr&) {
    next->done = true;
    next->cancel = nullptr;
    next->place->leave();
  });
}

}  // namespace nearfar::gateway
