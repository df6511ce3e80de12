// Keep-alive connections of one core, and how new ones are made.
#pragma once

#include "providers/http/connection.hpp"
#include "providers/http/resolver.hpp"
#include "providers/http/tls_contexts.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace nearfar::providers {

enum class reuse : std::uint8_t { allowed, fresh_only };

struct pool_limits {
  std::size_t idle_per_origin = 64;
  std::chrono::seconds idle_time{55};  // below the usual 60 s of servers
};

struct pool_counters {
  std::uint64_t connects = 0;
  std::uint64_t reused = 0;
  std::uint64_t dropped_after_suspend = 0;
};

// One per core, not thread safe. The resolver and the TLS contexts are shared between cores.
class pool {
 public:
  pool(executor ex, deadline_queue& deadlines, resolver& names, tls_contexts& tls, pool_limits limits = {});
  ~pool();

  // An idle connection that is alive, or a new one: DNS (cached), TCP over all addresses in turn,
  // TLS with verification. All within `connect_time`. `cancel_slot`, if given, is set to a function
  // that abandons the connect while it runs and is cleared after.
  task<routes::result<connection_ptr>> acquire(const origin& to, reuse how,
                                               std::chrono::milliseconds connect_time,
                                               std::function<void()>* cancel_slot = nullptr);

  // Back to the pool after a complete exchange; closes it where it cannot be reused.
  void release(connection_ptr c);

  // After a suspend every pooled socket is dead but looks alive: called by acquire itself with the
  // clocks, and by tests.
  void drop_idle();
  // Opens one spare connection in the background (after a cancelled exchange on HTTP/1.1).
  void open_spare(const origin& to);

  const pool_counters& counters() const { return counters_; }
  std::size_t idle() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
  pool_counters counters_;
};

}  // namespace nearfar::providers
