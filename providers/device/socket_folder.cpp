#include "providers/device/socket_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

namespace nearfar::providers {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::string_view name_prefix = "nearfar-device-";
constexpr std::string_view name_pattern = "nearfar-device-XXXXXX";
constexpr std::size_t room_for_socket = sizeof("/4294967295.sock") - 1;

bool fits(const std::string& base) {
  return base.size() + 1 + name_pattern.size() + room_for_socket <= longest_path;
}

// The open, locked folder; -1 if somebody else holds it or it is not there.
int hold(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return -1;
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  ::close(fd);
  return -1;
}

void remove_folders_of_the_dead(const std::string& base) {
  std::error_code ec;
  std::vector<std::string> ours;
  for (fs::directory_iterator it(base, ec), end; !ec && it != end; it.increment(ec)) {
    struct stat about{};
    const auto path = it->path().string();
    if (it->path().filename().string().starts_with(name_prefix) && ::lstat(path.c_str(), &about) == 0 &&
        S_ISDIR(about.st_mode) && about.st_uid == ::geteuid()) {
      ours.push_back(path);
    }
  }
  for (const auto& path : ours) {
    const int fd = hold(path);
    if (fd < 0) continue;
    fs::remove_all(path, ec);
    ::close(fd);
  }
}

std::string runtime_base() {
  const char* given = std::getenv("XDG_RUNTIME_DIR");
  if (given != nullptr && given[0] == '/' && fits(given) && ::access(given, W_OK) == 0) return given;
  return "/tmp";
}

}  // namespace

routes::result<std::unique_ptr<socket_folder>> socket_folder::make(const std::string& state_folder) {
  auto base = state_folder.empty() ? std::string() : (fs::path(state_folder) / "run").string();
  if (base.empty() || !fits(base)) {
    base = runtime_base();
  } else {
    std::error_code ec;
    fs::create_directories(base, ec);
    if (ec) return routes::make_error(routes::error_kind::internal, "cannot make " + base, ec);
  }
  remove_folders_of_the_dead(base);
  // Twice: another process that starts just now may take a folder that is not locked yet for dead.
  for (int tries = 0; tries < 2; ++tries) {
    auto path = base + "/" + std::string(name_pattern);
    // mkdtemp makes the folder new and 0700: nobody else can have put a socket there.
    if (::mkdtemp(path.data()) == nullptr) break;
    const int fd = hold(path);
    if (fd >= 0 && ::access(path.c_str(), F_OK) == 0) {
      return std::unique_ptr<socket_folder>(new socket_folder(std::move(path), fd));
    }
    if (fd >= 0) ::close(fd);
  }
  const boost::system::error_code cause(errno, boost::system::system_category());
  return routes::make_error(routes::error_kind::internal, "cannot make a folder for sockets in " + base,
                            cause);
}

socket_folder::~socket_folder() {
  std::error_code ec;
  fs::remove_all(path_, ec);
  ::close(held_);
}

std::string socket_folder::next_socket() {
  return path_ + "/" + std::to_string(++count_) + ".sock";
}

}  // namespace nearfar::providers
