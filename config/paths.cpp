#include "config/paths.hpp"

#include <filesystem>

namespace nearfar::config {

std::string resolve_path(std::string_view written, std::string_view folder, std::string_view home) {
  namespace fs = std::filesystem;
  fs::path path;
  if (written == "~") {
    path = home;
  } else if (written.starts_with("~/")) {
    path = fs::path(home) / written.substr(2);
  } else {
    path = fs::path(folder) / written;  // an absolute right side wins
  }
  return path.lexically_normal().string();
}

}  // namespace nearfar::config
