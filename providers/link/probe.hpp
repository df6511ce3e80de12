// Asks a provider's own host whether the way to it is free. Nothing of a query is sent, no key either.
#pragma once

#include "providers/http/connect.hpp"
#include "providers/link/link_state.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace nearfar::providers {

struct probe_settings {
  std::chrono::milliseconds time{5'000};  // for each of its two steps
  std::uint16_t plain_port = 80;
};

// TCP, and TLS where the origin speaks it. Where that fails in a way that a captive portal may cause,
// plain HTTP to the same host: a redirect to another host, or status 511 (RFC 6585 section 6), is the
// portal. Never fails: what it found is the answer.
task<evidence> probe_host(connect_tools& with, origin to, probe_settings how = {});

// Sans-I/O: whether an answer to `GET /` at `host` sends the reader elsewhere. A relative location, the
// same host, and a host under the same two last labels (`www.` in front) are at home.
bool sends_elsewhere(int status, std::string_view location, std::string_view host);

}  // namespace nearfar::providers
