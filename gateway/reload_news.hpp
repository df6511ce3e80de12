// What a reload came to, in words for /readyz and the log.
#pragma once

#include "config/diagnostic.hpp"
#include "config/model.hpp"
#include "gateway/listen_address.hpp"

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

enum class reload_result : std::uint8_t { ok, failed, unchanged };

// The last reload, for /readyz.
struct reload_news {
  reload_result result = reload_result::ok;
  std::string by;  // "start", "file", "signal", "admin", "undo", "discovery"
  std::time_t at = 0;
  std::string why;                           // of a failure, one line
  std::vector<std::string> problems;         // "nearfar.yaml:41:5: error[P012]: unknown key ..."
  std::vector<std::string> warnings;         // of the policy in force, in the same form
  std::vector<std::string> restart_pending;  // "server.listen"
  // How what is in force came to be: a look that found nothing new, or a mistake, leaves it as it was.
  std::string changed_by;
  std::time_t changed_at = 0;
};

std::string_view to_string(reload_result result);

// The first twenty of that level: "nearfar.yaml:41:5: error[P012]: unknown key ... (help: ...)".
std::vector<std::string> lines_of(const config::diagnostics& found, config::severity level);

// The keys of `server` that only a restart brings into force, with what a restart would refuse.
std::vector<std::string> restart_pending(const config::server_config& now, const config::server_config& then,
                                         strangers others = strangers::refused);

}  // namespace nearfar::gateway
