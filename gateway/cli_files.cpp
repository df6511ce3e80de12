#include "gateway/cli_files.hpp"

#include <fmt/format.h>

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

std::string choose_file(const std::string& given) {
  if (!given.empty()) return given;
  const std::vector<std::string> files = default_files();
  for (const std::string& file : files) {
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) return file;
  }
  std::string places;
  for (const std::string& file : files) places += (places.empty() ? "" : " and ") + file;
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
