#include "gateway/request_head.hpp"

#include "gateway/request_target.hpp"
#include "providers/http/field_text.hpp"
#include "providers/http/head_scanner.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace nearfar::gateway {
namespace {

using providers::equal_fields;
using providers::header_field;
using providers::known_field;
using providers::list_has;
using providers::scan;

constexpr std::string_view end_of_head = "\r\n\r\n";

head_refusal refuse(int status, std::string_view code, std::string message) {
  return {status, std::string{code}, std::move(message)};
}

head_refusal malformed(std::string message) {
  return refuse(400, "invalid_request_head", std::move(message));
}

head_refusal unspoken() {
  return refuse(505, "http_version_not_supported", "only HTTP/1.1 and HTTP/1.0 are spoken");
}

head_refusal bad_value() {
  return malformed("the value of a field holds a byte that is not allowed there");
}

head_refusal in_words(scan fault, const header_field& field) {
  switch (fault) {
    case scan::bad_name:
      return malformed("a line of the head does not begin with a field's name and a colon");
    case scan::bad_value:
      return bad_value();
    case scan::folded:
      return malformed(fmt::format("the field {} goes on in a second line: send it in one", field.name));
    default:
      return malformed("a line of the head does not end with CR LF");
  }
}

// The scanner checks the syntax of the lines; what they mean is decided here.
class head_guard {
 public:
  head_guard(std::string_view bytes, request_head& out, const head_limits& limits)
      : scanner_(bytes), out_(out), limits_(limits) {}

  // Whether the head is whole. Otherwise there is a fault, or more bytes are needed.
  bool read() {
    if (!request_line()) return false;
    header_field field;
    auto got = scanner_.next(field);
    for (; got == scan::field; got = scanner_.next(field)) {
      if (out_.fields.size() == limits_.fields) return fail(too_many());
      if (!take(field)) return false;
      out_.fields.push_back(field);
    }
    if (got != scan::end) return got == scan::more ? false : fail(in_words(got, field));
    return settle();
  }

  const std::optional<head_refusal>& fault() const { return fault_; }
  std::size_t size() const { return scanner_.size(); }

 private:
  bool fail(head_refusal why) {
    fault_ = std::move(why);
    return false;
  }

  // RFC 9112, section 3.
  bool request_line() {
    out_.method = scanner_.token();
    if (out_.method.empty() || !scanner_.take(" ")) {
      return fail(malformed("the request line does not begin with a method"));
    }
    out_.target = scanner_.word();
    if (out_.target.empty() || !scanner_.take(" ")) {
      return fail(malformed("the request target holds a byte that must be percent-encoded"));
    }
    if (scanner_.take("HTTP/1.1\r\n")) {
      out_.version = 11;
    } else if (scanner_.take("HTTP/1.0\r\n")) {
      out_.version = 10;
    } else {
      return fail(other_version());
    }
    if (out_.method == "CONNECT" || out_.method == "TRACE") {
      return fail(
          refuse(405, "method_not_allowed", "CONNECT and TRACE are not served: this is no forward proxy"));
    }
    if (const char* why = split_target(out_.method, out_.target, target_)) return fail(malformed(why));
    out_.path = target_.path;
    out_.query = target_.query;
    return true;
  }

  head_refusal other_version() {
    const auto version = scanner_.text();
    const bool other = version.starts_with("HTTP/") && version.find(' ') == std::string_view::npos &&
                       scanner_.line_end() == scan::field;
    return other ? unspoken() : malformed("the request line does not end with HTTP/1.1");
  }

  head_refusal too_many() const {
    return refuse(431, "too_many_header_fields",
                  fmt::format("over {} header fields: send fewer", limits_.fields));
  }

  bool take(const header_field& field) {
    switch (field.is.known) {
      case known_field::content_length:
        return take_length(field.value);
      case known_field::transfer_encoding:
        return take_coding(field.value);
      case known_field::host:
        ++hosts_;
        out_.host = field.value;
        return true;
      case known_field::origin:
        if (!out_.origin.empty()) return fail(malformed("Origin stands twice: send it once"));
        out_.origin = field.value;
        return true;
      case known_field::expect:
        out_.expect_continue = true;
        return equal_fields(field.value, "100-continue") ||
               fail(refuse(417, "expectation_failed", "Expect takes 100-continue and nothing else"));
      case known_field::connection:
        return connection_.take(field.value) || fail(bad_value());
      case known_field::proxy_connection:
        return providers::connection_options().take(field.value) || fail(bad_value());
      case known_field::upgrade:
        websocket_ = websocket_ || list_has(field.value, "websocket");
        return true;
      default:
        return true;
    }
  }

  bool take_length(std::string_view value) {
    if (out_.content_length) return fail(malformed("Content-Length stands twice: send it once"));
    out_.content_length = providers::number_in(value);
    return (out_.content_length && !out_.chunked) ||
           fail(malformed("Content-Length must be one number of bytes, without Transfer-Encoding"));
  }

  bool take_coding(std::string_view value) {
    if (out_.chunked || out_.content_length) {
      return fail(malformed("Transfer-Encoding must stand once, without Content-Length"));
    }
    out_.chunked = true;
    // RFC 9112, 6.1: 501 for a coding that is not understood.
    return equal_fields(value, "chunked") ||
           fail(refuse(501, "transfer_encoding_not_supported",
                       "the only transfer coding served is chunked: send it alone, or Content-Length"));
  }

  // After the last field: what only all of them together can tell.
  bool settle() {
    const bool modern = out_.version == 11;
    if (out_.chunked && !modern) {
      return fail(malformed("Transfer-Encoding is not known on HTTP/1.0: send Content-Length"));
    }
    if (hosts_ > 1) return fail(malformed("Host stands twice: send it once"));
    if (hosts_ == 0 && modern) return fail(malformed("Host is missing: HTTP/1.1 requires it"));
    if (modern && out_.host.empty()) {
      return fail(malformed("Host is empty: send the name or address that you connected to"));
    }
    if (!target_.authority.empty()) out_.host = target_.authority;
    out_.keep_alive = (modern || connection_.keep_alive()) && !connection_.close();
    out_.expect_continue = out_.expect_continue && modern;  // RFC 9110, 10.1.1
    out_.upgrade_websocket = connection_.upgrade() && websocket_;
    connection_.hold_back(out_.fields);
    return true;
  }

  providers::head_scanner scanner_;
  request_head& out_;
  const head_limits& limits_;
  request_target target_;
  std::optional<head_refusal> fault_;
  providers::connection_options connection_;
  unsigned hosts_ = 0;
  bool websocket_ = false;
};

void forget(request_head& head) {
  auto fields = std::move(head.fields);
  fields.clear();
  head = request_head{};
  head.fields = std::move(fields);
}

// What can be known to be wrong before the blank line has come: a peer that speaks TLS or another
// protocol need not wait for the clock.
std::optional<head_refusal> hopeless(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes.front());
  if (first < '!' || first > '~') return malformed("this port speaks plain HTTP/1.1, not TLS");
  for (std::size_t at = bytes.find('\n'); at != std::string_view::npos; at = bytes.find('\n', at + 1)) {
    if (at == 0 || bytes[at - 1] != '\r') return malformed("a line of the head does not end with CR LF");
  }
  return std::nullopt;
}

head_refusal too_long(std::string_view bytes, const head_limits& limits) {
  if (bytes.substr(0, limits.bytes).find('\n') == std::string_view::npos) {
    return refuse(414, "request_target_too_long",
                  fmt::format("the request line is over {} bytes", limits.bytes));
  }
  return refuse(431, "request_head_too_large",
                fmt::format("the head is over {} bytes: send fewer or shorter header fields", limits.bytes));
}

// A fault counts once the head is whole: until then its limits and the clock do.
boost::system::result<std::optional<std::size_t>, head_refusal> not_read(std::string_view bytes,
                                                                         const head_guard& guard,
                                                                         const head_limits& limits) {
  const auto allowed = bytes.substr(0, limits.bytes);
  if (allowed.find(end_of_head) == std::string_view::npos) {
    if (auto why = hopeless(allowed)) return *std::move(why);
    if (bytes.size() >= limits.bytes) return too_long(bytes, limits);
    return std::optional<std::size_t>();
  }
  if (guard.fault()) return *guard.fault();
  return malformed("the head is not valid HTTP/1.1");
}

}  // namespace

std::string_view request_head::find(std::string_view lower_case_name) const {
  for (const auto& field : fields) {
    if (equal_fields(field.name, lower_case_name)) return field.value;
  }
  return {};
}

void throw_exception_from_error(const head_refusal& refusal, const boost::source_location&) {
  throw std::logic_error("unchecked refusal: " + refusal.message);
}

boost::system::result<std::optional<std::size_t>, head_refusal> parse_request_head(
    std::string_view bytes, request_head& out, const head_limits& limits) {
  forget(out);
  // RFC 9112, 2.2: an empty line before the request line is ignored.
  const std::size_t blank = bytes.starts_with("\r\n") ? 2 : 0;
  bytes.remove_prefix(blank);
  if (bytes.empty() || bytes == "\r") return std::optional<std::size_t>();
  head_guard guard(bytes.substr(0, limits.bytes), out, limits);
  if (!guard.read()) return not_read(bytes, guard, limits);
  out.size = blank + guard.size();
  return std::optional<std::size_t>(out.size);
}

}  // namespace nearfar::gateway
