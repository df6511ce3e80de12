// Small files that must never be seen half written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace nearfar::gateway {

// nullopt with the reason in `why`.
std::optional<std::string> read_whole(const std::string& path, std::string& why);

// Writes a file beside it, syncs it and renames it over. A symlink stays one: what it leads to is
// replaced. `mode` is for a new file; one that exists keeps its own, and its owner where that is allowed.
// Empty on success, else the reason, and nothing has changed.
// `synced::no` is for what the next start writes again: a sync may take longer than the start.
enum class synced : std::uint8_t { no, yes };
std::string write_atomically(const std::string& path, std::string_view text, mode_t mode,
                             synced how = synced::yes);

// One gateway at a time has a state folder: two would each write what was spent as they know it. Given back
// when this goes, or with the process.
class state_hold {
 public:
  state_hold() = default;
  ~state_hold();
  state_hold(const state_hold&) = delete;
  state_hold& operator=(const state_hold&) = delete;

  // False with the reason: another one has it. A file system without locks has no reason to refuse.
  bool take(const std::string& folder, std::string& why);

 private:
  int file_ = -1;
};

}  // namespace nearfar::gateway
