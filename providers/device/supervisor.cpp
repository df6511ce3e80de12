#include "providers/device/supervisor.hpp"

#include <algorithm>
#include <utility>

namespace nearfar::providers {

namespace {

constexpr auto never = routes::instant::max();

// A small model is ready 40 to 60 ms after the spawn: check often at first, then ever less often.
constexpr routes::millis first_check{10};
constexpr int check_fraction = 8;

// 500 ms doubled six times is over every sensible backoff_max; more would overflow some day.
constexpr unsigned max_doublings = 16;

void act(std::vector<device_action>& out, device_action_kind kind, std::string detail = {}) {
  out.push_back({kind, std::move(detail)});
}

}  // namespace

std::string_view to_string(device_state s) {
  switch (s) {
    case device_state::stopped:
      return "stopped";
    case device_state::starting:
      return "starting";
    case device_state::ready:
      return "ready";
    case device_state::stopping:
      return "stopping";
    case device_state::failed:
      return "failed";
  }
  return "?";
}

void supervisor::feed(const device_event& event, routes::instant now, std::vector<device_action>& out) {
  switch (event.kind) {
    case device_event_kind::wanted:
      on_wanted(now, out);
      break;
    case device_event_kind::released:
      on_released(now);
      break;
    case device_event_kind::spawned:
      on_spawned(now, out);
      break;
    case device_event_kind::spawn_failed:
      if (state_ == device_state::starting && !has_process_) fail(event.detail, now, out, backoff());
      break;
    case device_event_kind::healthy:
      on_healthy(now, out);
      break;
    case device_event_kind::unhealthy:
      on_unhealthy(event.detail, now, out);
      break;
    case device_event_kind::exited:
      on_exited(event.detail, now, out);
      break;
    case device_event_kind::hung:
      on_hung(out);
      break;
    case device_event_kind::timer:
      on_timer(now, out);
      break;
    case device_event_kind::evict:
      on_evict(now, out);
      break;
    case device_event_kind::shutdown:
      on_shutdown(now, out);
      break;
  }
}

void supervisor::on_wanted(routes::instant now, actions& out) {
  ++busy_;
  last_used_ = now;
  if (final_) {
    act(out, device_action_kind::tell_failed, "the gateway stops");
    return;
  }
  switch (state_) {
    case device_state::stopped:
      start(out);
      break;
    case device_state::starting:
      break;
    case device_state::ready:
      wake_at_ = never;
      act(out, device_action_kind::tell_ready);
      break;
    case device_state::stopping:
      wanted_again_ = true;
      break;
    case device_state::failed:
      if (now >= retry_at_) {
        start(out);
      } else if (retry_at_ - now <= settings_.wait_backoff) {
        wanted_again_ = true;
        wake_at_ = retry_at_;
      } else {
        act(out, device_action_kind::tell_failed, last_failure_);
      }
      break;
  }
}

void supervisor::on_released(routes::instant now) {
  if (busy_ == 0) return;
  --busy_;
  last_used_ = now;
  // An answer that ended on a living server shows that it works.
  if (state_ == device_state::ready && !checking_) failures_ = 0;
  if (busy_ > 0) return;
  wanted_again_ = false;
  if (state_ == device_state::ready) {
    rest(now);
  } else if (state_ == device_state::starting && !has_process_) {
    state_ = device_state::stopped;  // it still waited for memory
    wake_at_ = never;
  } else if (state_ == device_state::failed) {
    wake_at_ = never;
  }
}

void supervisor::on_spawned(routes::instant now, actions& out) {
  has_process_ = true;
  if (state_ != device_state::starting) {
    // Those who wanted it left between the action and its answer.
    state_ = device_state::stopping;
    killed_ = true;
    stop_reason_.clear();
    wake_at_ = never;
    act(out, device_action_kind::send_kill);
    return;
  }
  started_ = now;
  wake_at_ = now + std::min(first_check, settings_.health_every);
}

void supervisor::on_healthy(routes::instant now, actions& out) {
  checking_ = false;
  if (state_ != device_state::starting || !has_process_) return;
  state_ = device_state::ready;
  const auto took = std::chrono::duration_cast<routes::millis>(now - started_);
  act(out, device_action_kind::log, "ready after " + std::to_string(took.count()) + " ms");
  act(out, device_action_kind::tell_ready);
  last_used_ = now;
  rest(now);
}

void supervisor::on_unhealthy(const std::string& detail, routes::instant now, actions& out) {
  checking_ = false;
  if (state_ == device_state::ready) {
    kill_as_failed("hangs: " + detail, out);
  } else if (state_ == device_state::starting && has_process_) {
    const auto waited = now - started_;
    // Decided by a check that failed and not by the clock alone: after a suspend the clock has run
    // on, though the server had no time to load.
    if (waited >= settings_.load_limit) {
      kill_as_failed("not ready in time: " + detail, out);
      return;
    }
    const auto pause = std::chrono::duration_cast<routes::millis>(waited) / check_fraction;
    wake_at_ = now + std::clamp(pause, std::min(first_check, settings_.health_every), settings_.health_every);
  }
}

void supervisor::on_exited(const std::string& detail, routes::instant now, actions& out) {
  if (!has_process_) return;
  has_process_ = false;
  checking_ = false;
  wake_at_ = never;
  switch (state_) {
    case device_state::starting:
      fail("ended while loading: " + detail, now, out, backoff());
      break;
    case device_state::ready:
      act(out, device_action_kind::close_connections);
      // Most often the system took its memory, or one odd prompt broke it: the next query may have it
      // back at once, unless that has just been tried.
      fail("ended unasked: " + detail, now, out, failures_ == 0 ? routes::millis{0} : backoff());
      break;
    case device_state::stopping:
      if (!stop_reason_.empty() && !final_) {
        fail(std::exchange(stop_reason_, {}), now, out, failures_ == 0 ? routes::millis{0} : backoff());
        break;
      }
      act(out, device_action_kind::log, "unloaded");
      state_ = device_state::stopped;
      if (std::exchange(wanted_again_, false) && !final_) start(out);
      break;
    case device_state::stopped:
    case device_state::failed:
      break;
  }
}

void supervisor::on_hung(actions& out) {
  if (state_ == device_state::ready) check(out);
}

void supervisor::on_timer(routes::instant now, actions& out) {
  if (now < wake_at_) return;
  wake_at_ = never;
  switch (state_) {
    case device_state::starting:
      if (has_process_) check(out);
      break;
    case device_state::ready:
      if (busy_ == 0) unload("idle", now, out);
      break;
    case device_state::stopping:
      if (!std::exchange(killed_, true)) act(out, device_action_kind::send_kill);
      break;
    case device_state::failed:
      if (std::exchange(wanted_again_, false)) start(out);
      break;
    case device_state::stopped:
      break;
  }
}

void supervisor::on_evict(routes::instant now, actions& out) {
  if (busy_ > 0 || !has_process_) return;
  if (state_ == device_state::starting || state_ == device_state::ready) {
    unload("evicted: its memory is wanted for another model", now, out);
  }
}

void supervisor::on_shutdown(routes::instant now, actions& out) {
  if (std::exchange(final_, true)) return;
  wanted_again_ = false;
  act(out, device_action_kind::tell_failed, "the gateway stops");
  if (state_ == device_state::stopping) return;
  if (has_process_) {
    unload("shutdown", now, out);
  } else {
    state_ = device_state::stopped;
    wake_at_ = never;
  }
}

void supervisor::change_keep(routes::millis keep) {
  settings_.keep = keep;
  if (state_ == device_state::ready && busy_ == 0) wake_at_ = last_used_ + keep;
}

void supervisor::start(actions& out) {
  state_ = device_state::starting;
  wanted_again_ = false;
  checking_ = false;
  killed_ = false;
  stop_reason_.clear();
  wake_at_ = never;
  act(out, device_action_kind::spawn);
}

void supervisor::check(actions& out) {
  if (std::exchange(checking_, true)) return;
  act(out, device_action_kind::check_health);
}

void supervisor::unload(std::string_view why, routes::instant now, actions& out) {
  state_ = device_state::stopping;
  killed_ = false;
  wake_at_ = now + settings_.term_grace;
  act(out, device_action_kind::log, "unloading: " + std::string(why));
  act(out, device_action_kind::close_connections);
  act(out, device_action_kind::send_term);
}

// A server that does not answer /health does not heed SIGTERM either.
void supervisor::kill_as_failed(std::string why, actions& out) {
  state_ = device_state::stopping;
  killed_ = true;
  wake_at_ = never;
  stop_reason_ = std::move(why);
  act(out, device_action_kind::log, "killing: " + stop_reason_);
  act(out, device_action_kind::close_connections);
  act(out, device_action_kind::send_kill);
  act(out, device_action_kind::tell_failed, stop_reason_);
}

void supervisor::fail(std::string why, routes::instant now, actions& out, routes::millis pause) {
  ++failures_;
  last_failure_ = std::move(why);
  state_ = device_state::failed;
  retry_at_ = now + pause;
  act(out, device_action_kind::log, "failed: " + last_failure_);
  // Who came after a hang was found waits for the restart, unless the pause has grown long.
  if (wanted_again_ && pause <= settings_.wait_backoff) {
    wake_at_ = retry_at_;
    return;
  }
  wanted_again_ = false;
  wake_at_ = never;
  act(out, device_action_kind::tell_failed, last_failure_);
}

void supervisor::rest(routes::instant now) {
  wake_at_ = busy_ == 0 ? now + settings_.keep : never;
}

routes::millis supervisor::backoff() const {
  const auto doublings = std::min(failures_, max_doublings);
  return std::min(settings_.backoff_max, settings_.backoff_min * (1 << doublings));
}

}  // namespace nearfar::providers
