#include "config/watcher.hpp"

#include <algorithm>
#include <filesystem>

namespace nearfar::config {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto quiet = 100ms;
constexpr auto patience = 2s;
// A writer that was stopped in the middle never closes: what is there is then read all the same.
constexpr auto open_writer = 10s;
// As the kernel's own limit (path_resolution(7)).
constexpr int most_links = 40;

void add(std::vector<watch_point>& to, const fs::path& folder, const fs::path& name) {
  watch_point point{folder.string(), name.string()};
  if (std::find(to.begin(), to.end(), point) == to.end()) to.push_back(std::move(point));
}

}  // namespace

std::vector<watch_point> watch_points(const std::string& path) {
  std::vector<watch_point> out;
  std::vector<fs::path> left;  // components still to walk, last one first
  const auto push = [&](const fs::path& p) {
    const auto relative = p.relative_path();
    std::vector<fs::path> parts(relative.begin(), relative.end());
    left.insert(left.end(), parts.rbegin(), parts.rend());
  };
  fs::path at = "/";
  push(fs::path(path).lexically_normal());
  int links = 0;
  while (!left.empty()) {
    const auto name = left.back();
    left.pop_back();
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      at = at.parent_path();
      continue;
    }
    std::error_code failed;
    const auto status = fs::symlink_status(at / name, failed);
    if (fs::is_symlink(status)) {
      add(out, at, name);
      const auto to = fs::read_symlink(at / name, failed);
      if (failed || ++links > most_links) return out;
      if (to.is_absolute()) at = "/";
      push(to);
      continue;
    }
    if (left.empty() || !fs::is_directory(status)) {
      add(out, at, name);
      return out;
    }
    at /= name;
  }
  return out;
}

void change_debounce::event(file_event what, clock::time_point now) {
  if (what == file_event::writing) {
    first_.reset();
    due_ = now + open_writer;
    return;
  }
  if (!first_) first_ = now;
  due_ = std::min(now + quiet, *first_ + patience);
}

void change_debounce::looked() {
  first_.reset();
  due_.reset();
}

}  // namespace nearfar::config
