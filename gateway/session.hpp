// One client's connection from its first request to its last, on either listener.
#pragma once

#include "gateway/client_connection.hpp"

#include <memory>

namespace nearfar::gateway {

// Spawned: takes its connection by value. Ends when the client closes, an answer closes, the
// connection idles too long, or the gateway drains.
providers::task<void> serve_connection(std::shared_ptr<client_connection> client);

}  // namespace nearfar::gateway
