#include "providers/http/liveness.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace nearfar::providers {
namespace {

constexpr int unacknowledged_ms = 20'000;
constexpr int silent_s = 10;
constexpr int between_probes_s = 4;
constexpr int probes = 3;

void set(int fd, int level, int option, int value) {
  (void)::setsockopt(fd, level, option, &value, sizeof(value));
}

}  // namespace

void set_liveness(int native_handle) {
  set(native_handle, IPPROTO_TCP, TCP_USER_TIMEOUT, unacknowledged_ms);
  set(native_handle, IPPROTO_TCP, TCP_KEEPIDLE, silent_s);
  set(native_handle, IPPROTO_TCP, TCP_KEEPINTVL, between_probes_s);
  set(native_handle, IPPROTO_TCP, TCP_KEEPCNT, probes);
}

void probe_while_silent(int native_handle, peer_probes how) {
  set(native_handle, SOL_SOCKET, SO_KEEPALIVE, how == peer_probes::on ? 1 : 0);
}

}  // namespace nearfar::providers
