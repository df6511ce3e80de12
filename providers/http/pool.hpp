// Keep-alive connections of one core, and how new ones are made.
#pragma once

#include "providers/http/connection.hpp"
#include "providers/http/deadline.hpp"
#include "providers/http/origin.hpp"
#include "providers/http/resolver.hpp"
#include "providers/http/tls_contexts.hpp"
#include "providers/os/clock.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace nearfar::providers {

enum class reuse : std::uint8_t { allowed, fresh_only };

struct pool_limits {
  std::size_t idle_per_origin = 64;
  std::chrono::milliseconds idle_time{55'000};  // below the usual 60 s of servers
};

struct pool_counters {
  std::uint64_t connects = 0;
  std::uint64_t reused = 0;
  std::uint64_t dropped_after_suspend = 0;
  std::uint64_t cut = 0;  // their link went down
};

// One per core, not thread safe. The resolver and the TLS contexts are shared between cores. Lives no
// longer than the deadline queue, the resolver and the contexts it was given.
class pool {
 public:
  pool(executor ex, deadline_queue& deadlines, resolver& names, tls_contexts& tls, pool_limits limits = {},
       clocks time = {});
  ~pool();
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;

  // An idle connection that is alive, or a new one: DNS (cached), TCP by happy eyeballs
  // (connect_race), TLS with verification. All within `connect_time`.
  // `cancel_slot`, if given, is set to a function that abandons the connect while it runs and is
  // cleared after.
  // Errors: `connect` (also when the time is over), `dns`, `tls`, `cancelled`, `internal` (no socket to
  // be had).
  task<routes::result<connection_ptr>> acquire(const origin& to, reuse how,
                                               std::chrono::milliseconds connect_time,
                                               std::function<void()>* cancel_slot = nullptr);

  // The first half of acquire: an idle connection that is alive, or null.
  connection_ptr take_idle(const origin& to);

  // Back to the pool after a complete exchange; closes it where it cannot be reused.
  void release(connection_ptr c);

  // After a suspend every pooled socket is dead but looks alive: take_idle does this when the clocks
  // tell of one. Also for a link change.
  void drop_idle();
  // Opens one spare connection in the background (after a cancelled exchange on HTTP/1.1, and when a
  // link comes back), unless one is idle or on its way. `ended`, if given, is told how that went: null
  // for a success; not after the pool died.
  using spare_end = std::function<void(const routes::error*)>;
  void open_spare(const origin& to, spare_end ended = {});

  // Every connection that used one of these ways, also one being made, ends at once with "the link went
  // down" (kind `connect`, `reset` or `broken`); idle ones are dropped. Returns how many there were.
  std::size_t cut(std::span<const lost_path> lost);
  // Of the newest idle connection; nullopt: there is none over TCP.
  std::optional<tcp_path> path_to(const origin& to);

  const pool_counters& counters() const;
  std::size_t idle() const;

 private:
  struct impl;
  executor ex_;
  std::shared_ptr<impl> impl_;  // a spare on its way holds it too
};

}  // namespace nearfar::providers
