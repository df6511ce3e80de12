// Tells when a file may have changed, however it was saved: inotify on the folders of the path, so that
// nothing polls while nothing happens.
#pragma once

#include "config/watcher.hpp"
#include "providers/io.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct inotify_event;

namespace nearfar::providers {

// Lives on one executor, and is made, used and destroyed there or while that does not run.
class file_watch {
 public:
  // `changed` is called on the executor, 100 ms after the last of a burst of events. Whether the bytes
  // differ is for the callee to see.
  file_watch(executor ex, std::function<void()> changed);
  ~file_watch();
  file_watch(const file_watch&) = delete;
  file_watch& operator=(const file_watch&) = delete;

  // Replaces what is watched; absolute paths, which need not exist. False: the machine gives no inotify
  // instance or watch (fs.inotify.max_user_instances, max_user_watches), and nothing will be told.
  bool follow(std::vector<std::string> paths);
  void close();

 private:
  struct watched {
    std::string path;  // of a folder or of a file
    bool is_folder = true;
  };

  bool arm();
  bool add(const std::string& path, bool is_folder, std::map<int, watched>& to);
  void read();
  void take(std::size_t size);
  void take_one(const inotify_event& event, std::string_view name);
  void note(config::file_event what);
  void set_timer();

  asio::posix::basic_stream_descriptor<executor> events_;
  timer timer_;
  std::function<void()> changed_;
  std::vector<std::string> paths_;
  std::vector<config::watch_point> points_;
  std::map<int, watched> watches_;
  config::change_debounce debounce_;
  alignas(8) std::array<char, 4096> buffer_{};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace nearfar::providers
