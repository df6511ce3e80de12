// POST /admin/simulate: a policy tried on the gateway's own decision log, on a thread that serves nobody
// else.
#pragma once

#include "config/model.hpp"
#include "gateway/simple_answer.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace nearfar::gateway {

class decision_log;

struct simulation_request {
  std::string policy;                                     // the text to try
  std::string query;                                      // of the request target: model, key, since, fail_if
  std::shared_ptr<const config::configuration> in_force;  // whose folder relative paths start at
};

// One run at a time, bounded in time; it ends early when the gateway stops. Thread safe.
class simulation_desk {
 public:
  explicit simulation_desk(decision_log& log) : log_(log) {}
  ~simulation_desk() { stop(); }
  simulation_desk(const simulation_desk&) = delete;
  simulation_desk& operator=(const simulation_desk&) = delete;

  // `done` is called exactly once: from the run's thread, or at once where the answer is a refusal.
  void begin(simulation_request what, std::function<void(simple_answer)> done);
  // Ends a run and waits for it. Idempotent.
  void stop();

 private:
  simple_answer answer(const simulation_request& what) const;

  decision_log& log_;
  std::mutex lock_;
  std::thread worker_;
  std::atomic<bool> busy_{false};
  std::atomic<bool> stopping_{false};
};

}  // namespace nearfar::gateway
