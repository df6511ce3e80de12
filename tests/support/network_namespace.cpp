#include "tests/support/network_namespace.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <future>
#include <stdexcept>
#include <thread>

namespace nearfar::support {
namespace {

int open_own() {
  return ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

}  // namespace

// A namespace lives as long as a thread or a descriptor is in it; `ip` wants a thread.
struct network_namespace::keeper {
  int fd = -1;
  pid_t thread_id = 0;
  std::promise<void> end;
  std::thread thread;
};

network_namespace::network_namespace() : keeper_(std::make_unique<keeper>()) {
  std::promise<int> ready;
  auto made = ready.get_future();
  keeper_->thread = std::thread([this, &ready, ended = keeper_->end.get_future()]() mutable {
    const bool unshared = ::unshare(CLONE_NEWNET) == 0;
    keeper_->thread_id = static_cast<pid_t>(::syscall(SYS_gettid));
    keeper_->fd = unshared ? open_own() : -1;
    ready.set_value(unshared ? 0 : errno);
    ended.wait();
  });
  if (const int error = made.get(); error != 0) {
    keeper_->end.set_value();
    keeper_->thread.join();
    errno = error;
    fail("unshare(CLONE_NEWNET)");
  }
  run("ip link set lo up");
}

network_namespace::~network_namespace() {
  keeper_->end.set_value();
  keeper_->thread.join();
  ::close(keeper_->fd);
}

network_namespace::visit::visit(const network_namespace& in) : home_(open_own()) {
  if (::setns(in.keeper_->fd, CLONE_NEWNET) != 0) fail("setns");
}

network_namespace::visit::~visit() {
  (void)::setns(home_, CLONE_NEWNET);
  ::close(home_);
}

void network_namespace::run(const std::string& command) const {
  const visit inside(*this);
  std::FILE* said = ::popen(("{ " + command + "; } 2>&1").c_str(), "r");
  if (said == nullptr) fail("popen");
  std::string text;
  std::array<char, 256> part{};
  while (std::fgets(part.data(), part.size(), said) != nullptr) text += part.data();
  if (::pclose(said) != 0) throw std::runtime_error(command + ": " + text);
}

std::string network_namespace::id() const {
  return std::to_string(keeper_->thread_id);
}

std::string two_machines::refusal() {
  try {
    const two_machines trial;
    return {};
  } catch (const std::exception& e) {
    return std::string("no network namespaces here (root and iproute2 are needed): ") + e.what();
  }
}

two_machines::two_machines() {
  near.run("ip link add va type veth peer name vb netns " + far.id());
  // Without IPv6 there is no address detection whose end would be news.
  near.run("sysctl -q -w net.ipv6.conf.va.disable_ipv6=1 2>/dev/null || true");
  far.run("ip address add 10.77.0.2/24 dev vb && ip address add 10.99.0.2/32 dev lo && ip link set vb up");
  near.run("ip address add 10.77.0.1/24 dev va && ip link set va up && ip route add default via 10.77.0.2");
}

}  // namespace nearfar::support
