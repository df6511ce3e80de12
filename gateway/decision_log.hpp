// The decision log on disk: JSON lines, rotated, capped. Written by a thread of its own that sleeps until
// there is something to write.
#pragma once

#include "config/model.hpp"
#include "routes/error.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace nearfar::gateway {

class shadow_judge;

// Thread safe. A crash loses what the last fifth of a second brought; a full disk loses lines, says so once,
// and never holds up a query.
class decision_log {
 public:
  explicit decision_log(std::string folder);
  ~decision_log();  // writes what waits
  decision_log(const decision_log&) = delete;
  decision_log& operator=(const decision_log&) = delete;

  // A policy came into force: what to keep and for how long (older lines go now, and once a day), and whose
  // judgement to ask beside it. A shadow file that is wrong is logged and left out; one that stayed the same
  // keeps its counts.
  void configure(const config::configuration& of);
  std::shared_ptr<const shadow_judge> shadow() const;
  bool on() const { return on_.load(std::memory_order_relaxed); }
  void write(std::string_view line);  // without its newline

  std::string file() const { return file_; }
  // The files of that folder that exist, oldest first.
  static std::vector<std::string> files_in(const std::string& folder);
  std::vector<std::string> files() const;
  std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }
  // Everything written before this call is in the file when it returns.
  void flush();
  // Erases the lines of that key. How many went. Blocks: for a thread that serves nobody.
  routes::result<std::uint64_t> forget(std::string_view key);

 private:
  static constexpr std::chrono::hours clears_every{24};

  void work();
  // With the lock held, until there is something to do.
  void rest(std::unique_lock<std::mutex>& hold);
  void put(const std::string& batch);
  void clear_out(std::chrono::milliseconds older_than);
  std::string folder() const;

  std::string file_;
  std::atomic<bool> on_{false};
  std::atomic<std::uint64_t> lost_{0};
  mutable std::mutex lock_;
  std::condition_variable wake_;
  std::condition_variable written_;
  std::string waiting_;
  std::uint64_t queued_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t size_ = 0;
  unsigned files_ = 1;
  std::shared_ptr<shadow_judge> shadow_;
  bool keeps_ = false;  // lines go to the file
  std::optional<std::chrono::milliseconds> retain_;
  std::chrono::steady_clock::time_point clear_at_ = std::chrono::steady_clock::time_point::max();
  bool stopping_ = false;
  bool complained_ = false;
  std::thread writer_;
};

}  // namespace nearfar::gateway
