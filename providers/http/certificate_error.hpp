// Why a peer's certificate was refused, as an error code: OpenSSL's own code says only that it was.
#pragma once

#include <boost/system/error_code.hpp>

namespace nearfar::providers {

// Values are X509_V_ERR_*.
const boost::system::error_category& certificate_category();
boost::system::error_code certificate_error(long verdict);

// In order, but somebody else's: what a captive portal shows (RFC 9110 section 4.3.4 has it refused).
bool is_for_another_name(const boost::system::error_code& ec);

}  // namespace nearfar::providers
