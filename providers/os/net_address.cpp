#include "providers/os/net_address.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace nearfar::providers {
namespace {

constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

bool net_address::is_loopback() const {
  if (family == ip_family::v4) return bytes[0] == 127;
  return bytes[15] == 1 && std::all_of(bytes.begin(), bytes.end() - 1, [](auto b) { return b == 0; });
}

bool net_address::is_link_local() const {
  return family == ip_family::v6 && bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

bool net_address::shares_prefix(const net_address& other, unsigned bits) const {
  if (family != other.family) return false;
  bits = std::min(bits, family == ip_family::v4 ? 32U : 128U);
  const auto whole = bits / 8;
  if (!std::equal(bytes.begin(), bytes.begin() + whole, other.bytes.begin())) return false;
  const auto rest = bits % 8;
  return rest == 0 || ((bytes[whole] ^ other.bytes[whole]) >> (8 - rest)) == 0;
}

bool read_socket_address(const void* from, std::size_t size, net_address& out) {
  sa_family_t family = AF_UNSPEC;
  if (size < sizeof(sockaddr)) return false;
  std::memcpy(&family, static_cast<const char*>(from) + offsetof(sockaddr, sa_family), sizeof(family));
  out = {};
  if (family == AF_INET && size >= sizeof(sockaddr_in)) {
    std::memcpy(out.bytes.data(), static_cast<const char*>(from) + offsetof(sockaddr_in, sin_addr), 4);
    return true;
  }
  if (family != AF_INET6 || size < sizeof(sockaddr_in6)) return false;
  sockaddr_in6 v6{};
  std::memcpy(&v6, from, sizeof(v6));
  const auto* raw = v6.sin6_addr.s6_addr;
  if (std::equal(mapped.begin(), mapped.end(), raw)) {
    std::copy_n(raw + mapped.size(), 4, out.bytes.begin());
    return true;
  }
  out.family = ip_family::v6;
  std::copy_n(raw, 16, out.bytes.begin());
  if (out.is_link_local()) out.scope = v6.sin6_scope_id;
  return true;
}

}  // namespace nearfar::providers
