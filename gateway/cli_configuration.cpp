#include "gateway/cli_configuration.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include <unistd.h>

namespace nearfar::gateway {
namespace {

// The places that are looked at when no file is named, best first.
std::vector<std::string> default_files() {
  std::vector<std::string> files{"nearfar.yaml"};
  const char* base = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  if (base != nullptr && *base == '/')
    files.push_back(std::string{base} + "/nearfar/nearfar.yaml");
  else if (home != nullptr && *home == '/')
    files.push_back(std::string{home} + "/.config/nearfar/nearfar.yaml");
  return files;
}

}  // namespace

std::string existing_configuration(const std::string& given) {
  if (!given.empty()) return given;
  for (const std::string& file : default_files()) {
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) return file;
  }
  return {};
}

std::string choose_configuration(const std::string& given) {
  auto found = existing_configuration(given);
  if (!found.empty()) return found;
  std::string places;
  for (const std::string& file : default_files()) places += (places.empty() ? "" : " and ") + file;
  fmt::print(stderr, "nearfar: no configuration: looked for {}; name one with --config FILE\n", places);
  return {};
}

bool readable(const std::string& file) {
  std::error_code failed;
  if (std::filesystem::is_regular_file(file, failed) && access(file.c_str(), R_OK) == 0) return true;
  const std::string why =
      std::filesystem::exists(file, failed)
          ? (std::filesystem::is_regular_file(file, failed) ? "permission denied" : "not a file")
          : "no such file";
  fmt::print(stderr, "nearfar: cannot read {}: {}\n", file, why);
  return false;
}

}  // namespace nearfar::gateway
