// TLS over a connected socket.
#pragma once

#include "providers/http/connection.hpp"
#include "providers/http/tls_contexts.hpp"

#include <memory>
#include <string>

namespace nearfar::providers {

// Usable as a connection after a good handshake. cancel() ends a pending handshake.
class tls_connection : public connection {
 public:
  // SNI, verification and resumption as tls_contexts says. An error is of kind `tls`, with the reason
  // for which the certificate was refused in its context, or `connect` where the peer went away.
  virtual task<routes::result<void>> handshake(tls_contexts& contexts, const std::string& host) = 0;
};

std::unique_ptr<tls_connection> make_tls_connection(stream_socket socket,
                                                    std::shared_ptr<asio::ssl::context> context);

}  // namespace nearfar::providers
