// Asks the providers with `models: discover` what they serve: at the start, after a reload, and when a query
// names what nobody serves. A new list makes a new deployment on the reloader's way, so that a query in
// flight keeps what it began with. Nothing ever waits for it.
#pragma once

#include "config/model.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace nearfar::gateway {

struct shared_state;

class model_discovery {
 public:
  explicit model_discovery(shared_state& shared);
  ~model_discovery();  // stop()
  model_discovery(const model_discovery&) = delete;
  model_discovery& operator=(const model_discovery&) = delete;

  // Any thread; return at once. `ask`: the providers of this configuration, from now on. `missed`: a name was
  // asked for that stands for nothing; they are asked again, unless that was done a short while ago.
  void ask(std::shared_ptr<const config::configuration> of);
  void missed();

  // Why the last look at a provider came to nothing; empty: it did not. Any thread.
  std::string complaint(std::string_view provider) const;

  // Gives up what is under way and ends the thread. Before the reloader and the cores stop. Idempotent.
  void stop();

 private:
  struct impl;

  shared_state& shared_;
  mutable std::mutex lock_;
  std::shared_ptr<impl> impl_;              // null until somebody discovers
  std::atomic<std::int64_t> next_look_{0};  // of missed(), on the steady clock
  bool stopped_ = false;
};

}  // namespace nearfar::gateway
