// The one error type of the data plane (shape learnt from Pingora: kind, side, retry, cause, context).
//
// A value, never thrown. `kind` is what was seen (design's failure table), `retry` what may be done
// about it; the dispatcher decides on these two alone.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::routes {

enum class error_kind : std::uint8_t {
  none,
  stale,    // EOF or reset on a reused connection before any byte of an answer
  connect,  // refused, unreachable, connect timed out
  dns,
  tls,
  reset,         // reset or EOF before any byte of an answer, fresh connection
  timeout,       // no head or no content token in time
  server_error,  // 500, 502, 504, 520-524
  overloaded,    // 503, 529, "overloaded" in a body
  rate_limited,  // 429
  auth,          // 401, 403
  exhausted,     // 402, quota text
  not_found,     // 404 model
  too_long,      // 400 context length
  refused,       // 400 content policy
  bad_request,   // other 4xx
  empty,         // an answer without text, tool call and reasoning
  bad_event,     // malformed event in a stream
  broken,        // break after the content commit
  bad_answer,    // an answer that is no HTTP, or no JSON where JSON must be
  not_ready,     // a model that could not be loaded within its clock
  cancelled,     // the client went away, or the gateway shuts down
  internal,
};

enum class error_side : std::uint8_t { upstream, downstream, internal };

enum class retry_class : std::uint8_t { same, other, wait, never };

struct error {
  error_kind kind = error_kind::none;
  error_side side = error_side::upstream;
  retry_class retry = retry_class::other;
  int status = 0;                                        // upstream's HTTP status, 0: none
  std::optional<std::chrono::milliseconds> retry_after;  // as the upstream asked
  boost::system::error_code cause;                       // what the OS or TLS said
  std::string context;  // one line for logs, never prompt text, never a secret
};

template <class T>
using result = boost::system::result<T, error>;

// The error with the retry class that the failure table gives to the kind.
error make_error(error_kind kind, std::string context, boost::system::error_code cause = {});

// Connect, DNS, TLS, 401, 402 and 403 say something of the provider, so of all its targets; the rest
// only of the target (design, failures). The registry applies breaker and park accordingly.
bool belongs_to_provider(error_kind kind);

std::string_view to_string(error_kind kind);
std::string_view to_string(error_side side);
std::string_view to_string(retry_class retry);

// "timeout (no first token in 700 ms)"; boost::system::result prints itself through it.
std::ostream& operator<<(std::ostream& out, const error& e);

// Required by boost::system::result when value() is called on an error: that is a bug, so it aborts
// through an exception that is caught at the session's boundary.
[[noreturn]] void throw_exception_from_error(const error& e, const boost::source_location& where);

}  // namespace nearfar::routes
