#include "providers/os/file_watch.hpp"

#include <boost/asio/buffer.hpp>

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cstring>

namespace nearfar::providers {

namespace {

constexpr std::uint32_t folder_events =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
// A file that is mounted alone into a container is written in a folder that is not seen from here.
constexpr std::uint32_t file_events = IN_MODIFY | IN_CLOSE_WRITE;

// A plain file that was just made is still empty: its writer's close is the news.
bool complete_at_birth(const std::string& path) {
  struct stat is{};
  return ::lstat(path.c_str(), &is) == 0 && (!S_ISREG(is.st_mode) || is.st_nlink > 1);
}

}  // namespace

file_watch::file_watch(executor ex, std::function<void()> changed)
    : events_(ex), timer_(ex), changed_(std::move(changed)) {
  const int made = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (made < 0) return;
  events_.assign(made);
  read();
}

file_watch::~file_watch() {
  close();
}

void file_watch::close() {
  *alive_ = false;
  boost::system::error_code ignored;
  events_.close(ignored);
  timer_.cancel();
}

bool file_watch::follow(std::vector<std::string> paths) {
  paths_ = std::move(paths);
  return arm();
}

bool file_watch::add(const std::string& path, bool is_folder, std::map<int, watched>& to) {
  const int wd =
      ::inotify_add_watch(events_.native_handle(), path.c_str(), is_folder ? folder_events : file_events);
  if (wd >= 0) to[wd] = {path, is_folder};
  return wd >= 0;
}

bool file_watch::arm() {
  if (!events_.is_open()) return false;
  bool complete = true;
  std::map<int, watched> now;
  points_.clear();
  for (const auto& path : paths_) {
    for (auto& point : config::watch_points(path)) {
      complete = add(point.folder, true, now) && complete;
      points_.push_back(std::move(point));
    }
    // Through all links, to the bytes themselves; a file that is not there is seen by its folder.
    add(path, false, now);
  }
  for (const auto& [wd, what] : watches_) {
    if (!now.contains(wd)) ::inotify_rm_watch(events_.native_handle(), wd);
  }
  watches_ = std::move(now);
  return complete;
}

void file_watch::read() {
  events_.async_read_some(asio::buffer(buffer_),
                          [this, alive = alive_](boost::system::error_code ec, std::size_t size) {
                            if (!*alive || ec) return;
                            take(size);
                            read();
                          });
}

void file_watch::take(std::size_t size) {
  std::size_t at = 0;
  while (at + sizeof(inotify_event) <= size) {
    inotify_event event{};
    std::memcpy(&event, buffer_.data() + at, sizeof event);
    const char* name = buffer_.data() + at + sizeof event;
    take_one(event, std::string_view(name, event.len == 0 ? 0 : ::strnlen(name, event.len)));
    at += sizeof event + event.len;
  }
  set_timer();
}

void file_watch::take_one(const inotify_event& event, std::string_view name) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) return note(config::file_event::moved);
  const auto found = watches_.find(event.wd);
  if (found == watches_.end()) return;
  const auto& watched = found->second;
  if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0 && watched.is_folder) {
    return note(config::file_event::moved);
  }
  if (!watched.is_folder) {
    if ((event.mask & IN_MODIFY) != 0) note(config::file_event::writing);
    if ((event.mask & IN_CLOSE_WRITE) != 0) note(config::file_event::written);
    return;
  }
  const bool meant = std::any_of(points_.begin(), points_.end(),
                                 [&](const auto& p) { return p.folder == watched.path && p.name == name; });
  if (!meant) return;
  if ((event.mask & IN_CLOSE_WRITE) != 0) note(config::file_event::written);
  if ((event.mask & IN_MOVED_TO) != 0) note(config::file_event::moved);
  if ((event.mask & IN_CREATE) != 0 && complete_at_birth(watched.path + "/" + std::string(name))) {
    note(config::file_event::moved);
  }
}

void file_watch::note(config::file_event what) {
  debounce_.event(what, config::change_debounce::clock::now());
}

void file_watch::set_timer() {
  const auto due = debounce_.due();
  if (!due) return;
  timer_.expires_at(*due);
  timer_.async_wait([this, alive = alive_](boost::system::error_code ec) {
    if (!*alive || ec) return;
    debounce_.looked();
    // First the watches, then the look: a change after this moment is another event.
    arm();
    changed_();
  });
}

}  // namespace nearfar::providers
