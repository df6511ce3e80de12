#include "routes/error.hpp"

#include <ostream>
#include <stdexcept>
#include <utility>

namespace nearfar::routes {
namespace {

retry_class retry_of(error_kind kind) {
  switch (kind) {
    case error_kind::stale:
    case error_kind::reset:
    case error_kind::server_error:
      return retry_class::same;
    case error_kind::rate_limited:
      return retry_class::wait;
    case error_kind::none:
    case error_kind::refused:
    case error_kind::bad_request:
    case error_kind::bad_event:
    case error_kind::cancelled:
    case error_kind::internal:
      return retry_class::never;
    case error_kind::connect:
    case error_kind::dns:
    case error_kind::tls:
    case error_kind::timeout:
    case error_kind::overloaded:
    case error_kind::auth:
    case error_kind::exhausted:
    case error_kind::not_found:
    case error_kind::too_long:
    case error_kind::empty:
    case error_kind::broken:
    case error_kind::bad_answer:
    case error_kind::not_ready:
      return retry_class::other;
  }
  return retry_class::never;
}

error_side side_of(error_kind kind) {
  if (kind == error_kind::cancelled) return error_side::downstream;
  if (kind == error_kind::internal) return error_side::internal;
  return error_side::upstream;
}

}  // namespace

error make_error(error_kind kind, std::string context, boost::system::error_code cause) {
  error e;
  e.kind = kind;
  e.side = side_of(kind);
  e.retry = retry_of(kind);
  e.cause = cause;
  e.context = std::move(context);
  return e;
}

bool belongs_to_provider(error_kind kind) {
  switch (kind) {
    case error_kind::connect:
    case error_kind::dns:
    case error_kind::tls:
    case error_kind::auth:
    case error_kind::exhausted:
      return true;
    default:
      return false;
  }
}

std::string_view to_string(error_kind kind) {
  switch (kind) {
    case error_kind::none:
      return "none";
    case error_kind::stale:
      return "stale";
    case error_kind::connect:
      return "connect";
    case error_kind::dns:
      return "dns";
    case error_kind::tls:
      return "tls";
    case error_kind::reset:
      return "reset";
    case error_kind::timeout:
      return "timeout";
    case error_kind::server_error:
      return "server_error";
    case error_kind::overloaded:
      return "overloaded";
    case error_kind::rate_limited:
      return "rate_limited";
    case error_kind::auth:
      return "auth";
    case error_kind::exhausted:
      return "exhausted";
    case error_kind::not_found:
      return "not_found";
    case error_kind::too_long:
      return "too_long";
    case error_kind::refused:
      return "refused";
    case error_kind::bad_request:
      return "bad_request";
    case error_kind::empty:
      return "empty";
    case error_kind::bad_event:
      return "bad_event";
    case error_kind::broken:
      return "broken";
    case error_kind::bad_answer:
      return "bad_answer";
    case error_kind::not_ready:
      return "not_ready";
    case error_kind::cancelled:
      return "cancelled";
    case error_kind::internal:
      return "internal";
  }
  return "internal";
}

std::string_view to_string(error_side side) {
  switch (side) {
    case error_side::upstream:
      return "upstream";
    case error_side::downstream:
      return "downstream";
    case error_side::internal:
      return "internal";
  }
  return "internal";
}

std::string_view to_string(retry_class retry) {
  switch (retry) {
    case retry_class::same:
      return "same";
    case retry_class::other:
      return "other";
    case retry_class::wait:
      return "wait";
    case retry_class::never:
      return "never";
  }
  return "never";
}

std::ostream& operator<<(std::ostream& out, const error& e) {
  return out << to_string(e.kind) << " (" << e.context << ")";
}

void throw_exception_from_error(const error& e, const boost::source_location& where) {
  throw std::logic_error("value of a failed result: " + std::string(to_string(e.kind)) + " (" + e.context +
                         ") at " + where.file_name() + ":" + std::to_string(where.line()));
}

}  // namespace nearfar::routes
