// One `listen:` entry, and which Host headers it takes.
#pragma once

#include "config/model.hpp"
#include "routes/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

enum class listener_role : std::uint8_t { queries, admin };

struct listen_address {
  listener_role role = listener_role::queries;
  bool is_unix = false;
  std::string host;  // literal address, or the socket's path
  unsigned short port = 0;
  std::vector<std::string> hosts;    // accepted in Host, without a port
  std::vector<std::string> origins;  // accepted in Origin

  std::string text() const;
  // A web page that points a name of its own at a local address must not drive the gateway
  // (DNS rebinding), so Host is compared and not ignored. On a unix socket any Host goes.
  bool takes_host(std::string_view host_field) const;
  bool takes_origin(std::string_view origin) const;
};

// Loopback addresses and unix sockets; anything else is refused while there are no keys.
routes::result<listen_address> parse_listen(std::string_view text, listener_role role,
                                            const config::server_config& from);

}  // namespace nearfar::gateway
