// One child of ours: started through the launcher in its own process group, watched by a pidfd, its
// output read from a pipe.
#pragma once

#include "providers/io.hpp"
#include "routes/error.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <sys/types.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers {

struct child_command {
  std::string launcher;  // our own binary, called with "launch-device"
  std::string program;
  std::vector<std::string> arguments;
};

// Must be used on the one thread that runs `ex`, and that thread must live as long as the child may:
// the child is killed when it ends (prctl(2), PR_SET_PDEATHSIG).
class child_process : public std::enable_shared_from_this<child_process> {
 public:
  struct handlers {
    std::function<void(std::string_view bytes)> output;
    // Once, after the last output: "exit status 1", "signal 9 (Killed)". The process is reaped.
    std::function<void(std::string how)> exited;
  };

  // The child sees only the environment it needs (no keys of providers), an empty standard input and
  // no descriptor but 0, 1, 2. Errors: internal, with errno.
  static routes::result<std::shared_ptr<child_process>> start(executor ex, const child_command& command,
                                                              handlers on);
  ~child_process();  // a child that still runs is killed
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  pid_t pid() const { return pid_; }
  void signal_group(int number);  // nothing after the exit

 private:
  using descriptor = asio::posix::basic_stream_descriptor<executor>;

  child_process(executor ex, pid_t pid, int pidfd, int output, handlers on);
  void read_output();
  void drain();
  void wait_exit();
  std::string reap();

  pid_t pid_;
  bool reaped_ = false;
  descriptor pidfd_;
  descriptor output_;
  handlers on_;
  std::array<char, 4096> buffer_{};
};

}  // namespace nearfar::providers
