// Where a provider listens: the key of the connection pool.
#pragma once

#include "routes/error.hpp"

#include <string>
#include <string_view>

namespace nearfar::providers {

enum class transport : std::uint8_t { plain, tls, unix_socket };

struct origin {
  transport kind = transport::plain;
  std::string host;  // name (lower case) or address; for a unix socket the path
  std::uint16_t port = 0;
  std::string base_path;   // "/api/v1", no slash at the end, may be empty
  std::string ca_file;     // tls: trust this bundle instead of the system's
  std::string host_field;  // value of the Host header

  // Connections are shared by everything but base_path.
  std::string pool_key() const;
  // The same into a string whose capacity is kept.
  void write_pool_key(std::string& out) const;
  // For messages: "api.example:443", "[::1]:8080", "unix:/run/x.sock".
  std::string address() const;
};

// "http://10.0.0.2:8000/v1", "https://host", "unix:/run/x.sock". Anything else is an error (kind
// `internal`) with the reason in `context`; so are credentials, a query and a fragment in the url.
routes::result<origin> parse_origin(std::string_view url);

}  // namespace nearfar::providers
