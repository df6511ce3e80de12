// An IP address as a value, without Asio: what the link monitor keys sockets by.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

namespace nearfar::providers {

enum class ip_family : std::uint8_t { v4, v6 };

struct net_address {
  ip_family family = ip_family::v4;
  std::array<std::uint8_t, 16> bytes{};  // network order; v4: the first four
  std::uint32_t scope = 0;               // interface index of an IPv6 link-local address, else 0

  auto operator<=>(const net_address&) const = default;

  bool is_loopback() const;
  bool is_link_local() const;  // fe80::/10; 169.254/16 is a LAN like any other
  // Whether the first `bits` of both are the same; false between families.
  bool shares_prefix(const net_address& other, unsigned bits) const;
};

// From a sockaddr's bytes (getsockname). An IPv4 address mapped into IPv6 is an IPv4 address. False: no
// IP socket.
bool read_socket_address(const void* sockaddr, std::size_t size, net_address& out);

}  // namespace nearfar::providers
