// The life of one supervised model server as a pure state machine: feed(event) -> actions. No
// process, no clock, no socket here; providers/device/runtime.cpp carries the actions out.
#pragma once

#include "routes/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nearfar::providers {

enum class device_state : std::uint8_t { stopped, starting, ready, stopping, failed };

std::string_view to_string(device_state s);

struct supervisor_settings {
  routes::millis keep{600'000};        // idle before it is unloaded
  routes::millis health_every{50};     // while starting only
  routes::millis term_grace{2'000};    // SIGTERM, then SIGKILL
  routes::millis backoff_min{500};
  routes::millis backoff_max{30'000};
  routes::millis load_limit{120'000};  // starting for longer is a failure
};

enum class device_event_kind : std::uint8_t {
  wanted,        // a query waits for it
  released,      // that query is over (or gave up waiting)
  spawned,       // the launcher made a process
  spawn_failed,
  healthy,       // /health answered 200
  unhealthy,     // /health answered something else or refused
  exited,        // the process ended (pidfd)
  hung,          // a query saw no head or token in time while the process lives
  timer,         // the moment asked for by wake_at has come
  evict,         // memory is needed elsewhere; ignored while busy
  shutdown,      // the gateway stops
};

struct device_event {
  device_event_kind kind;
  std::string detail;  // exit status, errno text; for logs
};

enum class device_action_kind : std::uint8_t {
  spawn,
  check_health,
  close_connections,
  send_term,
  send_kill,
  tell_ready,    // wake those who wait
  tell_failed,   // wake those who wait, with an error
  log,
};

struct device_action {
  device_action_kind kind;
  std::string detail;
};

class supervisor {
 public:
  explicit supervisor(supervisor_settings settings) : settings_(settings) {}

  // Appends what to do now. Afterwards wake_at() says when a `timer` event is due (max: never).
  void feed(const device_event& event, routes::instant now, std::vector<device_action>& out);

  device_state state() const { return state_; }
  routes::instant wake_at() const { return wake_at_; }
  unsigned busy() const { return busy_; }
  routes::instant last_used() const { return last_used_; }
  const std::string& last_failure() const { return last_failure_; }
  unsigned failures() const { return failures_; }

 private:
  supervisor_settings settings_;
  device_state state_ = device_state::stopped;
  unsigned busy_ = 0;
  unsigned failures_ = 0;
  bool wanted_again_ = false;  // asked for while stopping
  routes::instant started_{};
  routes::instant last_used_{};
  routes::instant term_sent_{};
  routes::instant retry_at_{};
  routes::instant wake_at_ = routes::instant::max();
  std::string last_failure_;
};

}  // namespace nearfar::providers
