#include "gateway/reload_news.hpp"

#include <fmt/format.h>

namespace nearfar::gateway {

namespace {

// A file with a thousand mistakes is one mistake.
constexpr std::size_t most_problems = 20;

std::string one_line(const config::diagnostics& of, const config::diagnostic& d) {
  const auto level = d.level == config::severity::error ? "error" : "warning";
  std::string out = of.file_of(d);
  if (d.where.line > 0) out += fmt::format(":{}:{}", d.where.line, d.where.column);
  out += fmt::format(": {}[{}]: {}", level, d.code, d.message);
  if (!d.help.empty()) out += fmt::format(" (help: {})", d.help);
  return out;
}

}  // namespace

std::vector<std::string> lines_of(const config::diagnostics& found, config::severity level) {
  std::vector<std::string> out;
  for (const auto& d : found.all()) {
    if (d.level == level && out.size() < most_problems) out.push_back(one_line(found, d));
  }
  return out;
}

std::string_view to_string(reload_result result) {
  switch (result) {
    case reload_result::ok:
      return "ok";
    case reload_result::failed:
      return "failed";
    case reload_result::unchanged:
      return "unchanged";
  }
  return "";
}

std::vector<std::string> restart_pending(const config::server_config& now, const config::server_config& then,
                                         strangers others) {
  std::vector<std::string> out;
  const auto refused = [&](const std::string& address, listener_role role) {
    const auto parsed = parse_listen(address, role, then, others);
    return parsed ? std::string() : ": a restart would refuse it: " + parsed.error().context;
  };
  if (now.listen != then.listen) {
    std::string wrong;
    for (const auto& address : then.listen)
      wrong = wrong.empty() ? refused(address, listener_role::queries) : wrong;
    out.push_back("server.listen" + wrong);
  }
  if (now.admin != then.admin) out.push_back("server.admin" + refused(then.admin, listener_role::admin));
  if (now.hosts != then.hosts) out.emplace_back("server.hosts");
  if (now.origins != then.origins) out.emplace_back("server.origins");
  if (now.threads != then.threads) out.emplace_back("server.threads");
  if (now.state != then.state) out.emplace_back("server.state");
  return out;
}

}  // namespace nearfar::gateway
