// TLS contexts, made at first use (the system's bundle costs 25 ms and 4 MB), with session tickets
// kept per host so that a second connection resumes.
#pragma once

#include "routes/error.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

namespace nearfar::providers {

// Shared by all cores; thread safe.
class tls_contexts {
 public:
  tls_contexts();
  ~tls_contexts();

  // `ca_file` empty: the system's bundle. The context verifies peers, offers http/1.1 by ALPN and
  // TLS 1.2 or later.
  routes::result<std::shared_ptr<boost::asio::ssl::context>> get(const std::string& ca_file);

  // SNI, host name check, and the host's last session if there is one.
  void prepare(SSL* stream, const std::string& host);
  std::uint64_t resumed() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace nearfar::providers
