#include "providers/device/child_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

extern char** environ;

namespace nearfar::providers {

namespace {

// What a model server may need. Everything else stays out, above all the keys of remote providers;
// also LLAMA_ARG_*, which would change the command line behind our back.
constexpr std::string_view kept_variables[] = {
    "PATH=", "HOME=", "TMPDIR=", "LANG=", "TZ=", "LD_LIBRARY_PATH="};
constexpr std::string_view kept_prefixes[] = {"LC_",   "XDG_", "GGML_", "OMP_", "GOMP_", "CUDA_", "NVIDIA_",
                                              "ROCR_", "HIP_", "HSA_",  "VK_",  "MESA_", "ZE_",   "ONEAPI_"};

bool kept(std::string_view variable) {
  for (const auto name : kept_variables) {
    if (variable.starts_with(name)) return true;
  }
  for (const auto prefix : kept_prefixes) {
    if (variable.starts_with(prefix)) return true;
  }
  return false;
}

// Set by variables and not by arguments: an older llama-server does not know these options and would
// refuse to start; `runtime.args` goes before them.
// - its cache of prompts that have left their slot takes up to 8 GiB by default, unseen by the budget;
// - it never has a reason to download anything.
constexpr const char* own_variables[] = {"LLAMA_ARG_CACHE_RAM=0", "LLAMA_ARG_OFFLINE=1"};

std::vector<char*> child_environment() {
  std::vector<char*> all;
  for (char** v = environ; v != nullptr && *v != nullptr; ++v) {
    if (kept(*v)) all.push_back(*v);
  }
  for (const char* v : own_variables) all.push_back(const_cast<char*>(v));
  all.push_back(nullptr);
  return all;
}

struct spawn_plan {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  spawn_plan() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  ~spawn_plan() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  spawn_plan(const spawn_plan&) = delete;
  spawn_plan& operator=(const spawn_plan&) = delete;
};

int spawn(const child_command& command, int output, pid_t& pid) {
  spawn_plan plan;
  posix_spawn_file_actions_addopen(&plan.files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&plan.files, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&plan.files, output, STDERR_FILENO);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&plan.attributes, &none);
  posix_spawnattr_setsigdefault(&plan.attributes, &all);
  posix_spawnattr_setpgroup(&plan.attributes, 0);
  posix_spawnattr_setflags(&plan.attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  const auto parent = std::to_string(::getpid());
  std::vector<const char*> words{command.launcher.c_str(), "launch-device", parent.c_str(),
                                 command.program.c_str()};
  for (const auto& argument : command.arguments) words.push_back(argument.c_str());
  words.push_back(nullptr);
  auto environment = child_environment();
  return ::posix_spawn(&pid, command.launcher.c_str(), &plan.files, &plan.attributes,
                       const_cast<char* const*>(words.data()), environment.data());
}

routes::error failure(std::string what, int number) {
  return routes::make_error(routes::error_kind::internal, what + ": " + std::strerror(number),
                            {number, boost::system::system_category()});
}

}  // namespace

routes::result<std::shared_ptr<child_process>> child_process::start(executor ex, const child_command& command,
                                                                    handlers on) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failure("cannot make a pipe", errno);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  pid_t pid = 0;
  const int failed = spawn(command, ends[1], pid);
  ::close(ends[1]);
  if (failed != 0) {
    ::close(ends[0]);
    return failure("cannot start " + command.launcher, failed);
  }
  // The pid cannot be reused before we reap it, so this opens the right process.
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) {
    const int number = errno;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    ::close(ends[0]);
    return failure("cannot watch the process (pidfd_open)", number);
  }
  std::shared_ptr<child_process> child(new child_process(ex, pid, pidfd, ends[0], std::move(on)));
  child->read_output();
  child->wait_exit();
  return child;
}

child_process::child_process(executor ex, pid_t pid, int pidfd, int output, handlers on)
    : pid_(pid), pidfd_(ex, pidfd), output_(ex, output), on_(std::move(on)) {}

child_process::~child_process() {
  if (reaped_) return;
  ::kill(-pid_, SIGKILL);
  // Not waited for: this is the way out from a process that even SIGKILL does not end.
  ::waitpid(pid_, nullptr, WNOHANG);
}

void child_process::signal_group(int number) {
  if (!reaped_) ::kill(-pid_, number);
}

void child_process::read_output() {
  auto on_read = [self = shared_from_this()](boost::system::error_code ec, std::size_t n) {
    if (ec) return;
    if (self->on_.output) self->on_.output({self->buffer_.data(), n});
    self->read_output();
  };
  output_.async_read_some(asio::buffer(buffer_), std::move(on_read));
}

// What the process wrote last is often why it ended.
void child_process::drain() {
  for (;;) {
    const auto n = ::read(output_.native_handle(), buffer_.data(), buffer_.size());
    if (n <= 0) break;
    if (on_.output) on_.output({buffer_.data(), static_cast<std::size_t>(n)});
  }
  boost::system::error_code ignored;
  output_.close(ignored);
}

void child_process::wait_exit() {
  auto on_exit = [self = shared_from_this()](boost::system::error_code ec) {
    if (ec) return;
    auto how = self->reap();
    self->drain();
    boost::system::error_code ignored;
    self->pidfd_.close(ignored);
    auto on = std::exchange(self->on_, {});
    if (on.exited) on.exited(std::move(how));
  };
  pidfd_.async_wait(asio::posix::descriptor_base::wait_read, std::move(on_exit));
}

std::string child_process::reap() {
  // Whatever the server itself started goes with it.
  ::kill(-pid_, SIGKILL);
  int status = 0;
  const auto got = ::waitpid(pid_, &status, 0);
  reaped_ = true;
  if (got != pid_) return "unknown status";
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return "signal " + std::to_string(number) + " (" + ::strsignal(number) + ")";
  }
  return "exit status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace nearfar::providers
