#include "gateway/state_files.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace nearfar::gateway {

namespace {

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto wrote = ::write(file, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

std::string reason(const std::string& path) {
  return fmt::format("{} cannot be written: {}", path, std::strerror(errno));
}

}  // namespace

std::optional<std::string> read_whole(const std::string& path, std::string& why) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    why = fmt::format("cannot read {}: {}", path, std::strerror(errno));
    return std::nullopt;
  }
  std::string out;
  std::array<char, 16384> piece;
  for (;;) {
    const auto got = ::read(file, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) why = fmt::format("cannot read {}: {}", path, std::strerror(errno));
    if (got <= 0) {
      ::close(file);
      return got < 0 ? std::nullopt : std::optional(std::move(out));
    }
    out.append(piece.data(), static_cast<std::size_t>(got));
  }
}

std::string write_atomically(const std::string& path, std::string_view text, mode_t mode, synced how) {
  std::error_code failed;
  auto real = std::filesystem::weakly_canonical(path, failed);
  if (failed) real = path;
  struct stat old{};
  const bool exists = ::stat(real.c_str(), &old) == 0;
  if (exists && ::access(real.c_str(), W_OK) != 0) return reason(path);
  std::string beside = (real.parent_path() / ("." + real.filename().string() + ".XXXXXX")).string();
  const int file = ::mkostemp(beside.data(), O_CLOEXEC);
  if (file < 0) return reason(path);
  bool good = ::fchmod(file, exists ? old.st_mode & 07777U : mode) == 0;
  // Only root may give files away; for the rest the owner was ourselves, or becomes so.
  if (exists && (old.st_uid != ::geteuid() || old.st_gid != ::getegid())) {
    const int ignored = ::fchown(file, old.st_uid, old.st_gid);
    (void)ignored;
  }
  good = good && write_all(file, text) && (how == synced::no || ::fsync(file) == 0);
  ::close(file);
  if (good && ::rename(beside.c_str(), real.c_str()) == 0) return "";
  const auto why = reason(path);
  ::unlink(beside.c_str());
  return why;
}

state_hold::~state_hold() {
  if (file_ >= 0) ::close(file_);
}

bool state_hold::take(const std::string& folder, std::string& why) {
  const auto path = folder + "/in-use";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0 || ::flock(file_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return true;
  why = fmt::format(
      "another gateway has the state folder {}: stop it, or give this one a `server.state` of its own",
      folder);
  return false;
}

}  // namespace nearfar::gateway
