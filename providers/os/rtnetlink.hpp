// The kernel's routing messages (rtnetlink(7)), taken apart and put together. Sans-I/O: link_watch has
// the socket.
#pragma once

#include "providers/os/net_address.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace nearfar::providers::rtnetlink {

enum class change : std::uint8_t { added, removed };
enum class table : std::uint8_t { links, addresses, routes_v4, routes_v6 };

struct link {
  change what = change::added;
  int index = 0;
  std::string name;
  bool up = false;       // IFF_UP: switched on
  bool running = false;  // and IFF_LOWER_UP: there is a carrier
  bool loopback = false;
};

struct address {
  change what = change::added;
  int index = 0;  // of its interface
  net_address ip;
  std::uint8_t prefix = 0;
};

// A way to everywhere: a unicast route of prefix 0 or 1 (a VPN's pair of halves), in any table but
// `local` (Android has one table per network). Other routes are left out.
struct default_route {
  change what = change::added;
  ip_family family = ip_family::v4;
  std::vector<int> through;  // interfaces; several with multipath
};

// The answer to a dump request is complete, or was refused.
struct dump_end {
  bool interrupted = false;  // the tables changed meanwhile: what came may not fit together
  int error = 0;             // errno
};

struct message {
  std::uint32_t sequence = 0;  // of our request that it answers; 0: news
  std::variant<link, address, default_route, dump_end> body;
};

// Appends what the datagram says. What is malformed or of no interest is skipped: nothing in it can
// make the reader read beyond its end. `port` is our socket's (getsockname): news of a change that another
// program asked for bear that program's port and sequence number.
void parse(std::string_view datagram, std::uint32_t port, std::vector<message>& out);

// A request for a whole table, as bytes to send. `sequence` is not 0.
std::string dump_request(table which, std::uint32_t sequence);

}  // namespace nearfar::providers::rtnetlink
