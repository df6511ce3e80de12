// GET /health over a unix socket, on a connection of its own: the pool belongs to the cores, and a
// server that is being checked may be one that no pool should talk to.
#pragma once

#include "providers/io.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace nearfar::providers {

// `done` is called exactly once on `ex`, later: empty text for status 200, else what went wrong
// ("refused", "status 503", "no answer in 2000 ms"). Always within `limit` and a bit.
void probe_health(executor ex, std::string socket_path, std::chrono::milliseconds limit,
                  std::function<void(std::string problem)> done);

}  // namespace nearfar::providers
