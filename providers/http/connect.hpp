// From an origin to an open connection: DNS, TCP or unix socket, TLS.
#pragma once

#include "providers/http/connection.hpp"
#include "providers/http/deadline.hpp"
#include "providers/http/open_sockets.hpp"
#include "providers/http/origin.hpp"
#include "providers/http/resolver.hpp"
#include "providers/http/tls_contexts.hpp"

#include <chrono>
#include <functional>

namespace nearfar::providers {

// What connecting needs; outlives every connect.
struct connect_tools {
  deadline_queue& deadlines;
  resolver& names;
  tls_contexts& tls;
  open_sockets* sockets = nullptr;  // where given: what is opened can be cut when its link goes down
};

// Time, errors and `cancel_slot` as in pool::acquire.
task<routes::result<connection_ptr>> open_connection(connect_tools& with, const origin& to,
                                                     std::chrono::milliseconds time,
                                                     std::function<void()>* cancel_slot);

}  // namespace nearfar::providers
