// The gateway as a library: no globals, no exit, no signal handler inside.
#pragma once

#include "config/model.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nearfar::gateway {

struct server_options {
  std::shared_ptr<const config::configuration> config;
  // The bytes that `config` was read from; empty: those of its file. Not the file's where the start
  // was from the last good copy.
  std::string text;
  // `server` as the file has it, where the command line changed it: what a reload compares with.
  std::optional<config::server_config> file_server;
  std::string self = "/proc/self/exe";      // our own binary: launches device children
  bool log_queries = true;                  // one JSON line a query on standard error
  std::chrono::milliseconds drain{10'000};  // how long streams may finish after stop()
  // `models: discover`: no sooner are the lists asked for again because a name was not found, or because
  // nobody had answered (then twice as late each time, up to 32 times).
  std::chrono::milliseconds list_again{30'000};
  // false: no netlink, as where the system keeps it from us; the host pushes facts.
  bool watch_links = true;
};

// What a start found, for people and for /readyz.
struct absent_provider {
  std::string name;
  std::string why;  // "environment variable OPENROUTER_API_KEY is not set"
};

struct leaving_target {
  std::string target;
  std::string key;  // "environment variable OPENROUTER_API_KEY", "none"
};

struct start_report {
  std::vector<std::string> model_names;
  std::vector<leaving_target> may_leave;  // targets of tier remote that are present
  std::vector<absent_provider> absent;
  std::vector<std::string> targets;  // all present ones, "phone/tiny (device)"
  std::vector<std::string> warnings;
};

// Start, use, stop; all from one thread. The threads inside are the server's own.
class server {
 public:
  // Binds every listener first (so that a second instance fails), then starts one thread per core.
  // On failure null and the reason, with the address and the cure, in `why`.
  static std::unique_ptr<server> start(server_options options, std::string& why);
  ~server();  // stop(), if it was not called

  // As bound, with the real ports: "127.0.0.1:8484", "unix:/run/nearfar.sock".
  const std::vector<std::string>& addresses() const;
  const std::string& admin_address() const;
  const std::string& admin_token_file() const;
  const start_report& report() const;

  // Reads the file again, as after a change; returns at once. What came of it is in the log, in /readyz
  // and in the metrics.
  void reload();

  // Stops accepting, lets streams finish up to `drain`, cancels the rest, joins. Idempotent.
  void stop();

 private:
  server();
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace nearfar::gateway
