// Accepts connections and starts their sessions.
#pragma once

#include "gateway/listen_address.hpp"
#include "providers/io.hpp"

#include <memory>
#include <string>
#include <vector>

namespace nearfar::gateway {

struct core;

// Sockets that listen, one or more a core. close() on each core's own thread.
class listener {
 public:
  virtual ~listener() = default;
  virtual void close() = 0;
};

// Binds `address` for every core of `cores` (TCP: SO_REUSEPORT; unix: one acceptor on the first core
// that hands on) and starts accepting. Fills in the real port. Empty with the reason in `why`: the
// address is taken or not ours. Called before the cores run.
std::vector<std::unique_ptr<listener>> listen_on(listen_address& address, const std::vector<core*>& cores,
                                                 std::string& why);

}  // namespace nearfar::gateway
