// When to look at a watched file again: the decisions of the watcher, without the waiting.
//
// Folders are watched and not files: editors save by renaming a new file over the old one, and
// Kubernetes swaps the symlink `..data` beside it. A watch on the file would stay with the dead one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::config {

// A name whose appearing or changing in `folder` may change what the path leads to.
struct watch_point {
  std::string folder;
  std::string name;
  bool operator==(const watch_point&) const = default;
};

// Every symlink on the way and the file at its end; of a folder that is missing, the nearest one above
// that exists. Asks the file system. `path` is absolute.
std::vector<watch_point> watch_points(const std::string& path);

enum class file_event : std::uint8_t {
  written,  // a writer closed it
  moved,    // renamed to here, or a link was made
  writing,  // its bytes are being changed: the writer has not closed it
};

// Looks 100 ms after the last event, at most 2 s after the first; while a writer has the file open the
// look waits for the close, because a policy cut short in the middle may be a valid one with fewer guards.
// Not thread safe.
class change_debounce {
 public:
  using clock = std::chrono::steady_clock;

  void event(file_event what, clock::time_point now);
  // When to look; nothing: no reason to. The caller asks again after every event.
  std::optional<clock::time_point> due() const { return due_; }
  // The look is being taken.
  void looked();

 private:
  std::optional<clock::time_point> first_;
  std::optional<clock::time_point> due_;
};

}  // namespace nearfar::config
