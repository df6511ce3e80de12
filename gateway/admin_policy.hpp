// The policy over HTTP: read, check, put into force, go back. Runs on the reloader's thread.
#pragma once

#include "config/diagnostic.hpp"
#include "gateway/simple_answer.hpp"

#include <string>
#include <string_view>

namespace nearfar::gateway {

class reloader;

// What of a request these paths read, copied: the connection belongs to another thread.
struct policy_request {
  std::string method;
  std::string path;
  std::string query;
  std::string if_match;
  std::string body;
};

bool is_policy_path(std::string_view path);
simple_answer answer_policy(reloader& reloads, const policy_request& request);

// {"ok", "revision", "why"?, "diagnostics"}
std::string findings_json(bool ok, const config::diagnostics& found, std::string_view why,
                          std::string_view revision);

// For /readyz and for /metrics.
std::string reload_json(const reloader& reloads);
std::string reload_metrics(const reloader& reloads);

}  // namespace nearfar::gateway
