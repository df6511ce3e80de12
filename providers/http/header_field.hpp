// A field of a head as spans, with what is known of it: recognised once, when the head is read.
#pragma once

#include <cstdint>
#include <string_view>

namespace nearfar::providers {

// The fields whose meaning somebody here asks for.
enum class known_field : std::uint8_t {
  other,
  connection,
  proxy_connection,
  content_length,
  content_type,
  transfer_encoding,
  host,
  origin,
  expect,
  upgrade,
  nearfar,    // every x-nearfar-...
  anthropic,  // every anthropic-...
};

// Where a field may go, as bits. Nowhere: framing, hop-by-hop (RFC 9110 section 7.6.1), a field that is
// written anew, or one that nobody has looked at.
enum class passage : std::uint8_t { nowhere = 0, to_provider = 1, to_client = 2, anywhere = 3 };

constexpr bool allows(passage granted, passage wanted) {
  return (static_cast<unsigned>(granted) & static_cast<unsigned>(wanted)) != 0;
}

struct field_nature {
  known_field known = known_field::other;
  passage goes = passage::nowhere;
};

// In any case. To a provider go no credentials, no cookies and nothing that write_request_head writes itself;
// to a client no framing, no cookies and nothing that speaks for the provider's host (CORS, HSTS, Alt-Svc,
// Server).
field_nature nature_of(std::string_view token);

struct header_field {
  std::string_view name;
  std::string_view value;
  field_nature is = {};
};

// As a head's reader gives it. Where the name is no token, or the value holds what no field can carry, the
// field goes nowhere.
header_field make_field(std::string_view name, std::string_view value);

}  // namespace nearfar::providers
