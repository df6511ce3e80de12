#include "providers/http/open_sockets.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

namespace nearfar::providers {
namespace {

using name_of_socket = int (*)(int, sockaddr*, socklen_t*);

bool address_of(int fd, name_of_socket ask, net_address& out) {
  sockaddr_storage raw{};
  socklen_t size = sizeof(raw);
  return ask(fd, reinterpret_cast<sockaddr*>(&raw), &size) == 0 && read_socket_address(&raw, size, out);
}

// A socket that is still connecting has a local address and no peer.
bool used(int fd, std::span<const lost_path> lost) {
  net_address local;
  if (!address_of(fd, ::getsockname, local)) return false;
  net_address peer;
  const bool has_peer = address_of(fd, ::getpeername, peer);
  return std::any_of(lost.begin(), lost.end(), [&](const lost_path& l) {
    return has_peer ? l.kills(local, peer) : local == l.local && !l.spared_prefix;
  });
}

}  // namespace

bool tcp_path::is_slow() const {
  if (round_trip >= std::chrono::milliseconds(800) || unanswered_repeats >= 2) return true;
  return sent >= 50 && repeated >= sent / 10;
}

std::optional<tcp_path> measure_path(int native_handle) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (native_handle < 0 || ::getsockopt(native_handle, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
    return std::nullopt;
  tcp_path out;
  out.round_trip = std::chrono::microseconds(info.tcpi_rtt);
  // Kernels before 4.2 do not count segments and give a shorter structure.
  out.sent = info.tcpi_segs_out;
  out.repeated = info.tcpi_total_retrans;
  out.unanswered_repeats = info.tcpi_retransmits;
  return out;
}

std::size_t open_sockets::cut(std::span<const lost_path> lost) {
  if (lost.empty()) return 0;
  // on_cut may end what owns a member: which ones is decided first.
  std::vector<open_socket*> dead;
  for (auto& one : all_) {
    const int fd = one.socket_handle();
    if (fd >= 0 && !one.cut_ && used(fd, lost)) dead.push_back(&one);
  }
  for (auto* one : dead) {
    one->cut_ = true;
    one->on_cut();
  }
  return dead.size();
}

routes::error cut_error(routes::error_kind kind, const std::string& place) {
  return routes::make_error(kind, place.empty() ? "the link went down" : "the link went down " + place,
                            boost::system::errc::make_error_code(boost::system::errc::connection_aborted));
}

bool was_cut(const routes::error& e) {
  return e.cause == boost::system::errc::connection_aborted;
}

}  // namespace nearfar::providers
