#include "gateway/cli.hpp"
#include "providers/device/device_tier.hpp"

#include <string_view>

int main(int argc, char** argv) {
  // First of all: between fork and exec of a model server nothing else may be set up.
  if (argc > 1 && std::string_view{argv[1]} == "launch-device")
    return nearfar::providers::launch_device(argc, argv);
  return nearfar::gateway::run_command_line(argc, argv);
}
