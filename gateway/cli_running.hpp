// Commands against the running gateway: status, off, last, on, tail.
#pragma once

#include <string>

namespace nearfar::gateway {

enum class running_form : std::uint8_t { text, json };

// Each prints and returns the process's exit code; `config_file` says where the gateway's state is.
// 1: the last reload failed.
int show_status(const std::string& config_file, running_form form);
// `duration` as in the policy: 2h, 90s; `0` ends the switch early. 1: there is no such target.
int switch_target(const std::string& config_file, const std::string& how, const std::string& name,
                  const std::string& duration, running_form form);
int switch_back(const std::string& config_file, const std::string& name, running_form form);
// A line a query, until interrupted or the gateway stops.
int tail_queries(const std::string& config_file, running_form form);

}  // namespace nearfar::gateway
