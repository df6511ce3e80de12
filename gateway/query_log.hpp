// The lines of one core's queries, gathered: one write(2) for many of them.
#pragma once

#include "providers/http/deadline.hpp"

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

namespace nearfar::gateway {

// One per core. add() and rest() on the core's thread, flush() from any. While nothing waits no clock
// runs. A process that is killed loses what waits: the lines of the last `longest_wait`.
class query_log {
 public:
  static constexpr std::chrono::milliseconds longest_wait{100};
  static constexpr std::size_t most_bytes = 32 * 1024;

  explicit query_log(providers::deadline_queue& deadlines);
  ~query_log();  // writes what waits
  query_log(const query_log&) = delete;
  query_log& operator=(const query_log&) = delete;

  // A complete JSON object without the newline.
  void add(std::string_view json);
  void flush();
  // Flushes and stops the clock, for the end.
  void rest();
  // Of all cores of the process, from any thread.
  static void flush_all();

 private:
  void write();  // with the mutex held

  std::mutex mutex_;
  std::string waiting_;
  providers::deadline clock_;
};

}  // namespace nearfar::gateway
