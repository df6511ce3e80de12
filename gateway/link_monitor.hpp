// The link monitor: one thread that sleeps in the kernel until a link, an address, a route or a power
// supply changes, or a failed attempt makes a probe due.
//
// What it finds goes into the fact store as readings (pushed ones outrank them), cuts the sockets that
// used a lost link, half-opens the breakers of a scope that came back, and warms the connection to the
// remote provider that was used last. Where netlink is closed to us it says so once, and attempts and
// pushed facts are all there is.
#pragma once

#include "gateway/deployment.hpp"

#include <memory>

namespace nearfar::gateway {

struct shared_state;

class link_monitor {
 public:
  link_monitor(shared_state& shared, std::shared_ptr<const deployment> first);
  ~link_monitor();  // stop()
  link_monitor(const link_monitor&) = delete;
  link_monitor& operator=(const link_monitor&) = delete;

  // Once, when the cores run. Watches the network namespace of the calling thread.
  void start();
  // Before the cores stop. Idempotent.
  void stop();

  // The rest from any thread, also before start() and after stop(): without effect then.
  void deployed(std::shared_ptr<const deployment> now);
  // Evidence came that may make a probe due.
  void suspicious();
  // A query asks for battery, charging or heat, and the last reading is old.
  void want_power();

 private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace nearfar::gateway
