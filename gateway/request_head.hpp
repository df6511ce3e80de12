// The ingress guard: the head of a client's request as spans of the read buffer, refused before
// routing where its meaning is not beyond doubt. Sans-I/O.
//
// What many parsers let through and a gateway must not (RFC 9112, sections 3.2, 5.2, 6.1 to 6.3):
// Transfer-Encoding on HTTP/1.0 or with an unknown coding, doubled lengths, a length beside a coding,
// folded lines, no or two Hosts.
#pragma once

#include "providers/http/header_field.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

// All views point into the bytes that were parsed, or at literals.
struct request_head {
  std::string_view method;  // upper case as sent; methods are case-sensitive
  std::string_view target;  // as it came
  std::string_view path;    // without query; of an absolute form what comes after the authority
  std::string_view query;   // behind the question mark
  std::string_view host;  // of an absolute form its authority (RFC 9112, 3.2.2); empty: HTTP/1.0 without one
  std::string_view origin;  // empty: none
  int version = 11;         // 10 or 11
  bool keep_alive = true;
  bool chunked = false;
  bool expect_continue = false;
  bool upgrade_websocket = false;
  std::optional<std::uint64_t> content_length;
  // Capacity is kept between uses. What Connection names goes nowhere.
  std::vector<providers::header_field> fields;
  std::size_t size = 0;  // bytes of the head in the buffer

  // The first field of that name; empty: none.
  std::string_view find(std::string_view lower_case_name) const;
};

struct head_refusal {
  int status = 400;
  std::string code;
  std::string message;  // the place and the cure; never a field's value
};

[[noreturn]] void throw_exception_from_error(const head_refusal& refusal,
                                             const boost::source_location& where);

inline constexpr std::size_t max_request_head = 32 * 1024;
inline constexpr std::size_t max_request_fields = 100;

struct head_limits {
  std::size_t bytes = max_request_head;
  std::size_t fields = max_request_fields;
};

// The size of the head; nullopt: more bytes are needed (call again with the longer text from the
// start). After a refusal the connection closes: where the next request begins is as doubtful as this
// one. A head without Host passes on HTTP/1.0 only.
boost::system::result<std::optional<std::size_t>, head_refusal> parse_request_head(
    std::string_view bytes, request_head& out, const head_limits& limits = {});

}  // namespace nearfar::gateway
