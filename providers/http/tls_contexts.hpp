// TLS contexts, made at first use (the system's bundle costs 25 ms and 4 MB), with session tickets
// kept per host so that a second connection resumes.
#pragma once

#include "routes/error.hpp"

#include <boost/asio/ssl/context.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace nearfar::providers {

// Shared by all cores; thread safe. Streams may outlive it.
class tls_contexts {
 public:
  tls_contexts();
  ~tls_contexts();
  tls_contexts(const tls_contexts&) = delete;
  tls_contexts& operator=(const tls_contexts&) = delete;

  // `ca_file` empty: the system's bundle. The context verifies peers, offers http/1.1 by ALPN and
  // TLS 1.2 or later. Kind `tls` with the reason where the bundle cannot be read.
  routes::result<std::shared_ptr<boost::asio::ssl::context>> get(const std::string& ca_file);

  // SNI, host name check, and the host's last session if there is one. Before the handshake, which must
  // not happen on false: the check could not be set.
  [[nodiscard]] bool prepare(SSL* stream, const std::string& host);
  // After a good handshake: counts.
  void shaken(SSL* stream);
  // Handshakes that resumed a session.
  std::uint64_t resumed() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace nearfar::providers
