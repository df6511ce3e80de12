// The launcher: runs in a process of its own between posix_spawn and exec, because posix_spawn cannot
// set PR_SET_PDEATHSIG and a program with threads must not fork.
#include "providers/device/device_tier.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace nearfar::providers {

namespace {

// What shells give where a command cannot be run.
constexpr int exit_cannot_run = 127;
constexpr int exit_orphaned = 125;

pid_t parse_pid(std::string_view text) {
  pid_t pid = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), pid);
  return ec == std::errc() && end == text.data() + text.size() ? pid : 0;
}

// Ignored signals and the mask survive exec; a server must begin with the defaults.
void reset_signals() {
  for (int s = 1; s < NSIG; ++s) {
    if (s != SIGKILL && s != SIGSTOP) static_cast<void>(::signal(s, SIG_DFL));
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// When memory runs out the kernel takes the model before the gateway, which can start it again.
// Raising the score needs no privilege; where it fails nothing is lost.
void prefer_as_oom_victim() {
  const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  constexpr std::string_view score = "500";
  static_cast<void>(::write(fd, score.data(), score.size()));
  ::close(fd);
}

}  // namespace

// launch-device PARENT_PID BINARY [ARGUMENT...]
int launch_device(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("launch-device: started by the gateway only\n", stderr);
    return 2;
  }
  // The parent may have died before prctl; then the signal never comes, but the parent has changed.
  // The order matters: first prctl, then the look.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parse_pid(argv[2])) return exit_orphaned;
  reset_signals();
  prefer_as_oom_victim();
  ::umask(077);
  constexpr unsigned first_inherited = 3;
  if (::close_range(first_inherited, ~0U, 0) != 0) {
    for (int fd = static_cast<int>(first_inherited); fd < 1024; ++fd) ::close(fd);
  }
  ::execv(argv[3], argv + 3);
  std::fprintf(stderr, "error: cannot run %s: %s\n", argv[3], std::strerror(errno));
  return exit_cannot_run;
}

}  // namespace nearfar::providers
