// Stream sockets by a written address: "127.0.0.1:8080" or "unix:/run/bench.sock".
#pragma once

#include "bench/wire/file_descriptor.hpp"

#include <string>
#include <string_view>

namespace nearfar::bench {

// Non-blocking, TCP_NODELAY where it applies. On failure invalid and the reason in `why`.
file_descriptor connect_to(const std::string& address, std::string& why);
file_descriptor listen_on(const std::string& address, std::string& why);

// As bound, with the real port.
std::string bound_address(const file_descriptor& listener);

// The next waiting connection, ready for use; invalid when there is none.
file_descriptor accept_from(const file_descriptor& listener);

// The descriptor limit up to what the system allows: two thousand streams need more than the usual.
void raise_descriptor_limit();

}  // namespace nearfar::bench
