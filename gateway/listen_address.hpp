// One `listen:` entry, and which Host headers it takes.
#pragma once

#include "config/model.hpp"
#include "routes/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

enum class listener_role : std::uint8_t { queries, admin };

// Whether others than this machine's own users may be let to a listener: where every query needs a key.
enum class strangers : std::uint8_t { refused, need_keys };

struct listen_address {
  listener_role role = listener_role::queries;
  bool is_unix = false;
  bool is_open = false;  // others can reach it
  std::string host;      // literal address, or the socket's path
  unsigned short port = 0;
  std::vector<std::string> hosts;    // accepted in Host, without a port
  std::vector<std::string> origins;  // accepted in Origin

  std::string text() const;
  // A web page that points a name of its own at a local address must not drive the gateway
  // (DNS rebinding), so Host is compared and not ignored. On a unix socket any Host goes, and at an open
  // address any literal address: a page cannot make a name of its own out of one.
  bool takes_host(std::string_view host_field) const;
  bool takes_origin(std::string_view origin) const;
};

// Loopback addresses and unix sockets; for queries also others, where strangers need keys. The admin listener
// speaks plain HTTP with one token for everything: it stays on this machine.
routes::result<listen_address> parse_listen(std::string_view text, listener_role role,
                                            const config::server_config& from,
                                            strangers others = strangers::refused);

}  // namespace nearfar::gateway
