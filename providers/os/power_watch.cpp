#include "providers/os/power_watch.hpp"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace nearfar::providers {
namespace {

// The kernel's own events; group 2 carries what udev made of them.
constexpr std::uint32_t from_the_kernel = 1;

}  // namespace

bool is_power_event(std::string_view datagram) {
  constexpr std::string_view wanted = "SUBSYSTEM=power_supply";
  while (!datagram.empty()) {
    const auto field = datagram.substr(0, datagram.find('\0'));
    if (field == wanted) return true;
    datagram.remove_prefix(std::min(field.size() + 1, datagram.size()));
  }
  return false;
}

power_watch::power_watch(executor ex, std::function<void()> changed)
    : socket_(ex), changed_(std::move(changed)) {}

power_watch::~power_watch() {
  close();
}

bool power_watch::start() {
  const int fd = ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
  if (fd < 0) return false;
  sockaddr_nl us{};
  us.nl_family = AF_NETLINK;
  us.nl_groups = from_the_kernel;
  boost::system::error_code ec;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&us), sizeof(us)) == 0) socket_.assign(fd, ec);
  if (ec || !socket_.is_open()) {
    ::close(fd);
    return false;
  }
  wait();
  return true;
}

void power_watch::close() {
  *alive_ = false;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void power_watch::wait() {
  socket_.async_wait(asio::posix::descriptor_base::wait_read,
                     [this, alive = alive_](boost::system::error_code ec) {
                       if (ec || !*alive) return;
                       if (drain()) changed_();
                       if (*alive) wait();
                     });
}

bool power_watch::drain() {
  std::array<char, 8192> buffer;
  bool ours = false;
  for (;;) {
    sockaddr_nl from{};
    socklen_t size = sizeof(from);
    const ssize_t n = ::recvfrom(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT,
                                 reinterpret_cast<sockaddr*>(&from), &size);
    if (n < 0 && errno == EINTR) continue;
    // What was lost may have been a charger's.
    if (n < 0 && errno == ENOBUFS) {
      ours = true;
      continue;
    }
    if (n < 0) return ours;
    if (from.nl_pid != 0) continue;
    ours = ours || is_power_event({buffer.data(), static_cast<std::size_t>(n)});
  }
}

}  // namespace nearfar::providers
