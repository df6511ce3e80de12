// `nearfar prewarm`: makes targets of the running gateway ready for a query that is about to come.
#pragma once

#include "gateway/cli_running.hpp"

#include <string>

namespace nearfar::gateway {

struct prewarm_call {
  std::string model;      // a model name of the policy
  std::string body_file;  // a chat request instead; its model counts where `model` is empty
  unsigned targets = 2;
};

// Prints what is warm now. 1: the gateway refused, or not one target is warm.
int prewarm(const std::string& config_file, const prewarm_call& what, running_form form);

}  // namespace nearfar::gateway
