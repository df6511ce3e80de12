// The main of this test program: like the gateway's, it is its own launcher.
#include "providers/device/device_tier.hpp"
#include "tests/unit/providers/device/tier_helper.hpp"

#include <catch2/catch_session.hpp>

#include <string_view>

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "launch-device")
    return nearfar::providers::launch_device(argc, argv);
  if (argc > 1 && std::string_view(argv[1]) == "hold-a-model")
    return nearfar::tests::hold_a_model(argc, argv);
  return Catch::Session().run(argc, argv);
}
