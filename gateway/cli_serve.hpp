// `nearfar serve`: a server between its start and a signal.
#pragma once

#include "config/model.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nearfar::gateway {

// What the command line says instead of the file.
struct serve_overrides {
  std::optional<unsigned> threads;
  std::vector<std::string> listen;  // empty: the file's
  std::string admin;                // empty: the file's
  bool no_query_log = false;        // no line per query on standard error
  std::string text;                 // what the configuration was read from, where that is not its file
};

// Serves until SIGINT or SIGTERM (SIGHUP reads the file again), then lets streams finish; a second signal
// ends the process at once. The start report goes to standard output. Returns the process's exit code.
int serve(std::shared_ptr<config::configuration> config, const serve_overrides& over);

}  // namespace nearfar::gateway
