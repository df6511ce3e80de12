// The keys at run time: read from state/keys.json, watched, and given to every core as one immutable ring.
//
// A file that turned unreadable takes nobody's key away and lets nobody in: the ring in force stays, the log,
// /readyz and a metric say so. A thread of its own, asleep until the file changes, so that no compile of a
// policy delays the end of a revoked key.
#pragma once

#include "gateway/keys/key_ring.hpp"
#include "gateway/listen_address.hpp"
#include "routes/error.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace nearfar::gateway {

struct shared_state;

class key_keeper {
 public:
  // For the start; the error names the file and the cure.
  static routes::result<std::shared_ptr<const key_ring>> load(const std::string& path);

  key_keeper(shared_state& shared, std::string path, std::shared_ptr<const key_ring> first);
  ~key_keeper();  // stop()
  key_keeper(const key_keeper&) = delete;
  key_keeper& operator=(const key_keeper&) = delete;

  // Once the cores run.
  void start();
  // Finishes what was submitted, then ends the thread. Before the cores stop. Idempotent.
  void stop();

  // Any thread. Runs on the keeper's; false once it was stopped.
  bool submit(std::function<void()> job);
  // On the keeper's thread: reads the file again. Returns when every core has what it holds.
  void read_again();

  // The rest from any thread.
  const std::string& path() const { return path_; }
  std::shared_ptr<const key_ring> ring() const;
  std::string complaint() const;  // why the file is not what is in force; empty: it is
  std::uint64_t failed_reads() const { return failed_reads_.load(std::memory_order_relaxed); }

 private:
  struct impl;
  void push(std::shared_ptr<const key_ring> next);

  shared_state& shared_;
  const std::string path_;
  std::unique_ptr<impl> impl_;

  mutable std::mutex lock_;
  std::shared_ptr<const key_ring> ring_;
  std::string complaint_;
  std::atomic<std::uint64_t> failed_reads_{0};
};

// Those that are good at this moment (Unix seconds).
std::size_t valid_keys(const key_ring& ring, std::int64_t now);

// Whether an address that others can reach may be listened at.
strangers strangers_at(const key_ring& ring, std::int64_t now);

// Metrics in Prometheus' text.
std::string key_metrics(const key_keeper& keeper);

}  // namespace nearfar::gateway
