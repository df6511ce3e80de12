// A self-signed certificate, for localhost and 127.0.0.1 unless told otherwise, made on the spot: nothing to
// renew.
#pragma once

#include <string>

namespace nearfar::support {

struct test_certificate {
  std::string certificate;  // PEM file; also the bundle that trusts it
  std::string private_key;  // PEM file
};

// Writes both files into `folder`, which exists. `names` as OpenSSL writes a subjectAltName. Throws
// std::runtime_error when OpenSSL does not play along.
test_certificate make_test_certificate(const std::string& folder,
                                       const std::string& names = "DNS:localhost,IP:127.0.0.1");

}  // namespace nearfar::support
