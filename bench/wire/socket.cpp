#include "bench/wire/socket.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace nearfar::bench {
namespace {

constexpr int backlog = 4096;
constexpr int connect_wait_ms = 5000;

struct endpoint {
  sockaddr_storage storage{};
  socklen_t size = 0;
  int family = AF_UNSPEC;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

bool parse_unix(std::string_view path, endpoint& out) {
  sockaddr_un at{};
  if (path.empty() || path.size() >= sizeof at.sun_path) return false;
  at.sun_family = AF_UNIX;
  std::memcpy(at.sun_path, path.data(), path.size());
  std::memcpy(&out.storage, &at, sizeof at);
  out.size = sizeof at;
  out.family = AF_UNIX;
  return true;
}

bool parse_inet(std::string_view text, endpoint& out) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const auto port_text = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto parsed = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (parsed.ec != std::errc{} || parsed.ptr != port_text.data() + port_text.size()) return false;
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  if (inet_pton(AF_INET, std::string(text.substr(0, colon)).c_str(), &at.sin_addr) != 1) return false;
  std::memcpy(&out.storage, &at, sizeof at);
  out.size = sizeof at;
  out.family = AF_INET;
  return true;
}

bool parse(const std::string& address, endpoint& out, std::string& why) {
  const std::string_view text = address;
  const bool good = text.starts_with("unix:") ? parse_unix(text.substr(5), out) : parse_inet(text, out);
  if (!good) why = fmt::format("`{}` is no address: want 127.0.0.1:PORT or unix:/PATH", address);
  return good;
}

void no_delay(int fd) {
  const int on = 1;
  // Fails on a unix socket, which never holds bytes back.
  static_cast<void>(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
}

file_descriptor failed(const std::string& address, const char* what, std::string& why) {
  why = fmt::format("{} {}: {}", what, address, std::strerror(errno));
  return {};
}

}  // namespace

file_descriptor connect_to(const std::string& address, std::string& why) {
  endpoint to;
  if (!parse(address, to, why)) return {};
  file_descriptor fd(socket(to.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return failed(address, "cannot open a socket for", why);
  no_delay(fd.get());
  if (connect(fd.get(), to.get(), to.size) == 0) return fd;
  if (errno != EINPROGRESS) return failed(address, "cannot connect to", why);
  pollfd writable{fd.get(), POLLOUT, 0};
  if (poll(&writable, 1, connect_wait_ms) != 1) return failed(address, "no answer from", why);
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  errno = error;
  return error == 0 ? std::move(fd) : failed(address, "cannot connect to", why);
}

file_descriptor listen_on(const std::string& address, std::string& why) {
  endpoint at;
  if (!parse(address, at, why)) return {};
  file_descriptor fd(socket(at.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (!fd) return failed(address, "cannot open a socket for", why);
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd.get(), at.get(), at.size) != 0 || listen(fd.get(), backlog) != 0)
    return failed(address, "cannot listen on", why);
  return fd;
}

std::string bound_address(const file_descriptor& listener) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(listener.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return "?";
  if (storage.ss_family == AF_UNIX) {
    sockaddr_un at{};
    std::memcpy(&at, &storage, sizeof at);
    return fmt::format("unix:{}", at.sun_path);
  }
  sockaddr_in at{};
  std::memcpy(&at, &storage, sizeof at);
  std::array<char, INET_ADDRSTRLEN> host{};
  inet_ntop(AF_INET, &at.sin_addr, host.data(), host.size());
  return fmt::format("{}:{}", host.data(), ntohs(at.sin_port));
}

file_descriptor accept_from(const file_descriptor& listener) {
  file_descriptor fd(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd) no_delay(fd.get());
  return fd;
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace nearfar::bench
