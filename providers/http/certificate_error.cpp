#include "providers/http/certificate_error.hpp"

#include <openssl/x509_vfy.h>

#include <string>

namespace nearfar::providers {
namespace {

class category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "certificate"; }
  std::string message(int verdict) const override { return X509_verify_cert_error_string(verdict); }
};

}  // namespace

const boost::system::error_category& certificate_category() {
  static const category one;
  return one;
}

boost::system::error_code certificate_error(long verdict) {
  return {static_cast<int>(verdict), certificate_category()};
}

bool is_for_another_name(const boost::system::error_code& ec) {
  return ec.category() == certificate_category() &&
         (ec.value() == X509_V_ERR_HOSTNAME_MISMATCH || ec.value() == X509_V_ERR_IP_ADDRESS_MISMATCH);
}

}  // namespace nearfar::providers
