// A 0700 folder for the unix sockets of this process's children.
#pragma once

#include "routes/error.hpp"

#include <memory>
#include <string>

namespace nearfar::providers {

// Removed with everything in it when the object dies. It is held with flock, so that folders of
// processes that were killed can be told from those in use (also across PID namespaces); they are
// removed when a new one is made beside them.
class socket_folder {
 public:
  // Below `state_folder`; where that is empty or so long that a socket's path would pass the 107
  // bytes of sockaddr_un, below XDG_RUNTIME_DIR or /tmp. Errors: internal, with the path.
  static routes::result<std::unique_ptr<socket_folder>> make(const std::string& state_folder);
  ~socket_folder();
  socket_folder(const socket_folder&) = delete;
  socket_folder& operator=(const socket_folder&) = delete;

  // A path that was never given before: a connection to an earlier server is never taken for one to
  // this. Ends in ".sock", by which llama-server tells a path from an address.
  std::string next_socket();
  const std::string& path() const { return path_; }

 private:
  socket_folder(std::string path, int held) : path_(std::move(path)), held_(held) {}

  std::string path_;
  int held_;  // the folder, open and locked
  unsigned long count_ = 0;
};

}  // namespace nearfar::providers
