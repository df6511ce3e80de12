// One thread that does jobs one after another, for what would hold up a core: files, locks, compiling.
#pragma once

#include "providers/io.hpp"

#include <functional>
#include <memory>

namespace nearfar::gateway {

class job_thread {
 public:
  job_thread();
  ~job_thread();  // stop()
  job_thread(const job_thread&) = delete;
  job_thread& operator=(const job_thread&) = delete;

  void start();
  // Finishes what was submitted, then `last`, and ends the thread. Idempotent, and nothing before start().
  void stop(std::function<void()> last = {});

  // Any thread. False: it does not run, or no more.
  bool submit(std::function<void()> job);
  // For what waits on this thread: watchers, timers. They must be gone with the last job.
  providers::executor executor();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace nearfar::gateway
