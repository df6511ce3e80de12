// Settled queries, live, for who is watching: GET /admin/events (text/event-stream).
#pragma once

#include "gateway/client_connection.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

struct shared_state;

class event_hub {
 public:
  explicit event_hub(shared_state& shared) : shared_(shared) {}

  // Any thread: does anybody watch? Cheap, asked for every query.
  bool wanted() const { return watchers_.load(std::memory_order_relaxed) != 0; }
  // Any thread. A JSON object; what a slow watcher cannot take is left out, and it is told how many.
  void publish(std::string_view json);

  // On the first core: the admin listener's. Until the client goes away or the gateway stops.
  providers::task<void> serve(client_connection& client);

 private:
  struct watcher;
  void spread(const std::string& json);

  shared_state& shared_;
  std::atomic<unsigned> watchers_{0};
  std::vector<watcher*> all_;  // the first core's
};

}  // namespace nearfar::gateway
