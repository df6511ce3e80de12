// How the kernel finds out that a peer is gone.
//
// Data that nobody acknowledges ends a connection after 20 s (TCP_USER_TIMEOUT; else up to 20 minutes,
// tcp(7)). That does not help where we only wait to receive: on an open stream, and there alone, silence
// of 10 s is probed (keepalive: 10 s, then 3 times every 4 s, so that 22 s tell). An idle connection is
// never probed: a radio would wake up for it.
#pragma once

#include <cstdint>

namespace nearfar::providers {

// Once, on a connected TCP socket. What a kernel does not know is left out.
void set_liveness(int native_handle);

enum class peer_probes : std::uint8_t { off, on };
// No effect on sockets that are not TCP.
void probe_while_silent(int native_handle, peer_probes how);

}  // namespace nearfar::providers
