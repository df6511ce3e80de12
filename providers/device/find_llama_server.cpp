#include "providers/device/device_tier.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace nearfar::providers {

namespace {

bool is_program(const std::string& path) {
  struct stat about{};
  return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::string on_path(std::string_view name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? std::string_view() : path;
  while (!rest.empty()) {
    const auto folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(folder.size() == rest.size() ? rest.size() : folder.size() + 1);
    // An empty or relative entry means the working folder: a daemon does not run what lies there.
    if (!folder.starts_with('/')) continue;
    auto candidate = std::string(folder).append("/").append(name);
    if (is_program(candidate)) return candidate;
  }
  return {};
}

}  // namespace

std::string find_llama_server(const std::optional<std::string>& configured, const std::string& state_folder) {
  if (configured) {
    if (configured->find('/') == std::string::npos) return on_path(*configured);
    return is_program(*configured) ? *configured : std::string();
  }
  if (auto found = on_path("llama-server"); !found.empty()) return found;
  if (state_folder.empty()) return {};
  auto last_resort = state_folder + "/device/llama-server";
  return is_program(last_resort) ? last_resort : std::string();
}

}  // namespace nearfar::providers
