// The life of one supervised model server as a pure state machine: feed(event) -> actions. No
// process, no clock, no socket here; providers/device/model_server.cpp carries the actions out.
#pragma once

#include "routes/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers {

enum class device_state : std::uint8_t { stopped, starting, ready, stopping, failed };

std::string_view to_string(device_state s);

struct supervisor_settings {
  routes::millis keep{600'000};      // idle before it is unloaded
  routes::millis health_every{50};   // at most this between two checks, while starting only
  routes::millis term_grace{2'000};  // SIGTERM, then SIGKILL
  routes::millis backoff_min{500};   // after a failure; doubled by each further one in a row
  routes::millis backoff_max{30'000};
  routes::millis load_limit{120'000};  // starting for longer is a failure
  routes::millis wait_backoff{1'000};  // a query waits for a restart no longer than this
};

enum class device_event_kind : std::uint8_t {
  wanted,    // a query waits for it
  released,  // that query is over (or gave up waiting)
  spawned,   // the launcher made a process
  spawn_failed,
  healthy,    // /health answered 200
  unhealthy,  // /health answered something else, refused, or said nothing in time
  exited,     // the process ended (pidfd)
  hung,       // a query saw no head or token in time while the process lives
  timer,      // the moment asked for by wake_at has come
  evict,      // memory is needed elsewhere; ignored while busy
  shutdown,   // the gateway stops; final
};

struct device_event {
  device_event_kind kind;
  std::string detail;  // exit status, errno text; for logs
};

enum class device_action_kind : std::uint8_t {
  spawn,              // answered by spawned or spawn_failed, at any later time (memory may be short)
  check_health,       // answered by healthy or unhealthy, always
  close_connections,  // idle connections to it are of no more use
  send_term,
  send_kill,
  tell_ready,   // wake those who wait
  tell_failed,  // wake those who wait, with an error
  log,
};

struct device_action {
  device_action_kind kind;
  std::string detail;
};

// Rules it keeps: a process that nobody asked for is never started (a crash alone restarts nothing);
// a busy server is neither unloaded nor evicted; every `wanted` is answered by tell_ready or
// tell_failed unless its `released` comes first; failures back off exponentially (but a server that
// had been ready gets its first restart without a pause) and are forgotten when a query ends on a
// server that still lives.
//
// Answers that come late are harmless if the caller drops those of an earlier process.
class supervisor {
 public:
  explicit supervisor(supervisor_settings settings) : settings_(settings) {}

  // Appends what to do now. Afterwards wake_at() says when a `timer` event is due (max: never). A
  // timer that fires early does nothing.
  void feed(const device_event& event, routes::instant now, std::vector<device_action>& out);

  // For a reload: `keep` counts from the last use, so it may be due at once.
  void change_keep(routes::millis keep);

  device_state state() const { return state_; }
  routes::instant wake_at() const { return wake_at_; }
  routes::instant retry_at() const { return retry_at_; }  // meaningful in `failed`
  // Queries that wait or are served.
  unsigned busy() const { return busy_; }
  routes::instant last_used() const { return last_used_; }
  const std::string& last_failure() const { return last_failure_; }
  // In a row; what the backoff counts.
  unsigned failures() const { return failures_; }
  // True between `spawned` and `exited`: it holds memory.
  bool has_process() const { return has_process_; }

 private:
  using actions = std::vector<device_action>;

  void on_wanted(routes::instant now, actions& out);
  void on_released(routes::instant now);
  void on_spawned(routes::instant now, actions& out);
  void on_healthy(routes::instant now, actions& out);
  void on_unhealthy(const std::string& detail, routes::instant now, actions& out);
  void on_exited(const std::string& detail, routes::instant now, actions& out);
  void on_hung(actions& out);
  void on_timer(routes::instant now, actions& out);
  void on_evict(routes::instant now, actions& out);
  void on_shutdown(routes::instant now, actions& out);

  void start(actions& out);
  void check(actions& out);
  void unload(std::string_view why, routes::instant now, actions& out);
  void kill_as_failed(std::string why, actions& out);
  void fail(std::string why, routes::instant now, actions& out, routes::millis pause);
  void rest(routes::instant now);
  routes::millis backoff() const;

  supervisor_settings settings_;
  device_state state_ = device_state::stopped;
  unsigned busy_ = 0;
  unsigned failures_ = 0;
  bool has_process_ = false;
  bool checking_ = false;      // a check_health is unanswered
  bool wanted_again_ = false;  // asked for while stopping or failed: start when that is over
  bool killed_ = false;        // SIGKILL was sent
  bool final_ = false;         // after shutdown
  std::string stop_reason_;    // not empty: this stop is a failure
  routes::instant started_{};
  routes::instant last_used_{};
  routes::instant retry_at_{};
  routes::instant wake_at_ = routes::instant::max();
  std::string last_failure_;
};

}  // namespace nearfar::providers
