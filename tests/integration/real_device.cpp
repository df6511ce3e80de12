#include "tests/integration/real_device.hpp"

#include "providers/device/device_tier.hpp"

#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <string_view>

#include <unistd.h>

namespace nearfar::tests {

std::string llama_server_or_skip() {
  const char* none = std::getenv("NEARFAR_NO_LLAMA");
  if (none != nullptr && std::string_view(none) == "1") SKIP("NEARFAR_NO_LLAMA=1");
  if (const char* given = std::getenv("NEARFAR_LLAMA_SERVER"); given != nullptr && *given != '\0')
    return given;
  std::string fetched = NEARFAR_SOURCE_DIR "/build/device/llama-server";
  if (::access(fetched.c_str(), X_OK) == 0) return fetched;
  auto found = providers::find_llama_server(std::nullopt, {});
  if (found.empty()) SKIP("no llama-server: run scripts/fetch-llama-server build/device");
  return found;
}

std::string real_device(const std::string& llama_server) {
  return fmt::format(
      "  phone-ai:\n    tier: device\n    concurrent: 1\n"
      "    runtime: {{kind: llama-server, binary: {}, keep: 5m, args: [\"-t\", \"1\"]}}\n"
      "    models: {{tiny: {{file: {}/models/tiny-glasses.gguf, context: 2k}}}}\n",
      llama_server, NEARFAR_SOURCE_DIR);
}

}  // namespace nearfar::tests
