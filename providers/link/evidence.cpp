#include "providers/link/evidence.hpp"

#include "providers/http/certificate_error.hpp"
#include "providers/http/open_sockets.hpp"

#include <boost/asio/error.hpp>

#include <cerrno>

namespace nearfar::providers {

std::optional<evidence> evidence_of(const routes::error& e) {
  using routes::error_kind;
  if (was_cut(e)) return std::nullopt;
  if (e.kind == error_kind::dns)
    return e.cause == boost::asio::error::host_not_found ? evidence::refused : evidence::no_route;
  if (e.cause.category() == certificate_category()) {
    return is_for_another_name(e.cause) ? evidence::wrong_name : evidence::untrusted;
  }
  // A portal may answer a handshake with plain HTTP.
  if (e.kind == error_kind::tls) return evidence::untrusted;
  if (e.cause == boost::system::errc::timed_out) return evidence::silent;
  if (e.kind != error_kind::connect) return std::nullopt;
  switch (e.cause.value()) {
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:
      return evidence::no_route;
    case ECONNREFUSED:
    case ECONNRESET:
      return evidence::refused;
    default:
      return std::nullopt;
  }
}

}  // namespace nearfar::providers
