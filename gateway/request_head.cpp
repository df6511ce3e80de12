#include "gateway/request_head.hpp"

#include "gateway/request_target.hpp"
#include "providers/http/field_text.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace nearfar::gateway {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using beast_view = boost::beast::string_view;
using providers::equal_fields;
using providers::list_has;

constexpr std::string_view end_of_head = "\r\n\r\n";

std::string_view view(beast_view text) {
  return {text.data(), text.size()};
}

head_refusal refuse(int status, std::string_view code, std::string message) {
  return {status, std::string{code}, std::move(message)};
}

head_refusal malformed(std::string message) {
  return refuse(400, "invalid_request_head", std::move(message));
}

head_refusal unspoken() {
  return refuse(505, "http_version_not_supported", "only HTTP/1.1 and HTTP/1.0 are spoken");
}

// Beast checks the syntax of lines and gives the spans; what they mean is decided here.
class guard_parser final : public http::basic_parser<true> {
 public:
  guard_parser(std::string_view bytes, request_head& out, const head_limits& limits)
      : bytes_(bytes), out_(out), limits_(limits) {
    header_limit(static_cast<std::uint32_t>(limits.bytes));
    skip(true);  // stop behind the head: the body is not Beast's
  }

  const std::optional<head_refusal>& fault() const { return fault_; }

  // After a whole head: what only all fields together can tell.
  void settle() {
    const bool modern = out_.version == 11;
    if (out_.chunked && !modern) {
      fail(malformed("Transfer-Encoding is not known on HTTP/1.0: send Content-Length"));
    } else if (out_.chunked && out_.content_length) {
      fail(malformed("Transfer-Encoding and Content-Length together: send one of them"));
    } else if (hosts_ > 1) {
      fail(malformed("Host stands twice: send it once"));
    } else if (hosts_ == 0 && modern) {
      fail(malformed("Host is missing: HTTP/1.1 requires it"));
    } else if (modern && out_.host.empty()) {
      fail(malformed("Host is empty: send the name or address that you connected to"));
    }
    if (!target_.authority.empty()) out_.host = target_.authority;
    out_.keep_alive = modern ? !close_ : keep_alive_ && !close_;
    out_.expect_continue = out_.expect_continue && modern;  // RFC 9110, 10.1.1
    out_.upgrade_websocket = upgrade_ && websocket_;
  }

 private:
  void fail(head_refusal why) {
    if (!fault_) fault_ = std::move(why);
  }

  void on_request_impl(http::verb, beast_view method, beast_view target, int version,
                       error_code& ec) override {
    out_.method = view(method);
    out_.target = view(target);
    out_.version = version;
    if (version != 10 && version != 11) {
      fail(unspoken());
    } else if (out_.method == "CONNECT" || out_.method == "TRACE") {
      fail(refuse(405, "method_not_allowed", "CONNECT and TRACE are not served: this is no forward proxy"));
    } else if (const char* why = split_target(out_.method, out_.target, target_)) {
      fail(malformed(why));
    }
    out_.path = target_.path;
    out_.query = target_.query;
    if (fault_) ec = http::error::bad_target;
  }

  void on_field_impl(http::field name, beast_view name_text, beast_view value_text, error_code& ec) override {
    const std::string_view value = view(value_text);
    if (folded(name_text, value_text)) {
      fail(malformed(fmt::format("the field {} goes on in a second line: send it in one", view(name_text))));
    } else if (out_.fields.size() == limits_.fields) {
      fail(refuse(431, "too_many_header_fields",
                  fmt::format("over {} header fields: send fewer", limits_.fields)));
    } else {
      take(name, value);
    }
    if (fault_) {
      ec = http::error::bad_field;
      return;
    }
    out_.fields.push_back({view(name_text), value});
  }

  // Beast joins folded lines in a buffer of its own, or skips an empty first line.
  bool folded(beast_view name, beast_view value) const {
    const char* from = name.data() + name.size();
    if (value.data() < from || value.data() > bytes_.data() + bytes_.size()) return true;
    return std::memchr(from, '\n', static_cast<std::size_t>(value.data() - from)) != nullptr;
  }

  void take(http::field name, std::string_view value) {
    switch (name) {
      case http::field::content_length:
        return take_length(value);
      case http::field::transfer_encoding:
        return take_coding(value);
      case http::field::host:
        ++hosts_;
        out_.host = value;
        return;
      case http::field::origin:
        if (!out_.origin.empty()) fail(malformed("Origin stands twice: send it once"));
        out_.origin = value;
        return;
      case http::field::expect:
        if (!equal_fields(value, "100-continue")) {
          fail(refuse(417, "expectation_failed", "Expect takes 100-continue and nothing else"));
        }
        out_.expect_continue = true;
        return;
      case http::field::connection:
        close_ = close_ || list_has(value, "close");
        keep_alive_ = keep_alive_ || list_has(value, "keep-alive");
        upgrade_ = upgrade_ || list_has(value, "upgrade");
        return;
      case http::field::upgrade:
        websocket_ = websocket_ || list_has(value, "websocket");
        return;
      default:
        return;
    }
  }

  void take_length(std::string_view value) {
    std::uint64_t n = 0;
    const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), n);
    if (out_.content_length) {
      fail(malformed("Content-Length stands twice: send it once"));
    } else if (ec != std::errc{} || end != value.data() + value.size()) {
      fail(malformed("Content-Length must be one number of bytes"));
    }
    out_.content_length = n;
  }

  void take_coding(std::string_view value) {
    if (out_.chunked) {
      fail(malformed("Transfer-Encoding stands twice: send it once"));
    } else if (!equal_fields(value, "chunked")) {  // RFC 9112, 6.1: 501 for a coding that is not understood
      fail(refuse(501, "transfer_encoding_not_supported",
                  "the only transfer coding served is chunked: send it alone, or Content-Length"));
    }
    out_.chunked = true;
  }

  void on_response_impl(int, beast_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, beast_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast_view body, error_code&) override { return body.size(); }
  void on_finish_impl(error_code&) override {}

  std::string_view bytes_;
  request_head& out_;
  const head_limits& limits_;
  request_target target_;
  std::optional<head_refusal> fault_;
  unsigned hosts_ = 0;
  bool close_ = false;
  bool keep_alive_ = false;
  bool upgrade_ = false;
  bool websocket_ = false;
};

void forget(request_head& head) {
  auto fields = std::move(head.fields);
  fields.clear();
  head = request_head{};
  head.fields = std::move(fields);
}

head_refusal in_words(const error_code& ec, std::string_view head) {
  if (ec == http::error::bad_method) return malformed("the request line does not begin with a method");
  if (ec == http::error::bad_target) {
    return malformed("the request target holds a byte that must be percent-encoded");
  }
  if (ec == http::error::bad_version) {
    const std::string_view line = head.substr(0, head.find('\r'));
    const bool three_words = std::count(line.begin(), line.end(), ' ') == 2;
    const bool other = three_words && line.substr(line.rfind(' ')).starts_with(" HTTP/");
    return other ? unspoken() : malformed("the request line does not end with HTTP/1.1");
  }
  if (ec == http::error::bad_line_ending) return malformed("a line of the head does not end with CR LF");
  if (ec == http::error::bad_field) {
    return malformed("a line of the head does not begin with a field's name and a colon");
  }
  if (ec == http::error::bad_value) {
    return malformed("the value of a field holds a byte that is not allowed there");
  }
  if (ec == http::error::bad_content_length || ec == http::error::multiple_content_length) {
    return malformed("Content-Length must be one number of bytes, without Transfer-Encoding");
  }
  if (ec == http::error::bad_transfer_encoding) {
    return malformed("Transfer-Encoding must stand once, without Content-Length");
  }
  return malformed("the head is not valid HTTP/1.1: " + ec.message());
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
  const std::size_t end = bytes.substr(0, limits.bytes).find(end_of_head);
  if (end == std::string_view::npos) {
    if (auto why = hopeless(bytes.substr(0, limits.bytes))) return *std::move(why);
    if (bytes.size() >= limits.bytes) return too_long(bytes, limits);
    return std::optional<std::size_t>();
  }
  const std::string_view head = bytes.substr(0, end + end_of_head.size());
  guard_parser parser(head, out, limits);
  error_code ec;
  const std::size_t used = parser.put(boost::asio::const_buffer(head.data(), head.size()), ec);
  if (!ec) parser.settle();
  if (parser.fault()) return *parser.fault();
  if (ec) return in_words(ec, head);
  if (!parser.is_done() || used != head.size()) return malformed("the head is not valid HTTP/1.1");
  out.size = blank + head.size();
  return std::optional<std::size_t>(out.size);
}

}  // namespace nearfar::gateway
