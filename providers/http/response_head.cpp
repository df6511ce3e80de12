#include "providers/http/response_head.hpp"

#include "providers/http/field_text.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <charconv>
#include <cstring>

namespace nearfar::providers {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using beast_view = boost::beast::string_view;

// Beast checks the syntax; what the fields mean is decided here, because Beast lets doubled lengths,
// unknown codings and folded lines through.
class span_parser : public http::basic_parser<false> {
 public:
  span_parser(std::string_view bytes, response_head& out) : bytes_(bytes), out_(out) {
    header_limit(static_cast<std::uint32_t>(max_response_head));
    skip(true);  // stop behind the head: the body is not Beast's
  }

  const char* fault() const { return fault_; }

  // After a whole head: how the body is framed (RFC 9112 section 6.3).
  const char* settle() {
    if (out_.status < 100) return "status below 100";
    if (coded_ && length_) return "both a length and a transfer coding";
    if (coded_ && !http_11_) return "a transfer coding on HTTP/1.0";
    out_.keep_alive = http_11_ ? !close_ : keep_alive_ && !close_;
    if (out_.status / 100 == 1 || out_.status == 204 || out_.status == 304) {
      out_.framing = body_framing::none;
    } else if (coded_) {
      out_.framing = body_framing::chunked;
    } else if (length_) {
      out_.framing = body_framing::length;
      out_.length = *length_;
    } else {
      out_.framing = body_framing::until_close;
      out_.keep_alive = false;
    }
    return nullptr;
  }

 private:
  void on_response_impl(int code, beast_view, int version, error_code&) override {
    out_.status = code;
    http_11_ = version >= 11;
  }

  void on_field_impl(http::field name, beast_view name_text, beast_view value, error_code& ec) override {
    const char* why = nullptr;
    if (folded(name_text, value))
      why = "folded header line";
    else if (name == http::field::content_length)
      why = take_length(value);
    else if (name == http::field::transfer_encoding)
      why = take_coding(value);
    if (why != nullptr) {
      fault_ = why;
      ec = http::error::bad_field;
      return;
    }
    if (name == http::field::connection) take_connection({value.data(), value.size()});
    if (name == http::field::content_type) out_.content_type = {value.data(), value.size()};
    out_.fields.push_back({{name_text.data(), name_text.size()}, {value.data(), value.size()}});
  }

  // Beast joins folded lines in a buffer of its own, or skips an empty first line.
  bool folded(beast_view name, beast_view value) const {
    const char* from = name.data() + name.size();
    if (value.data() < from || value.data() > bytes_.data() + bytes_.size()) return true;
    return std::memchr(from, '\n', static_cast<std::size_t>(value.data() - from)) != nullptr;
  }

  const char* take_length(beast_view value) {
    if (length_) return "doubled Content-Length";
    std::uint64_t n = 0;
    const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), n);
    if (ec != std::errc{} || end != value.data() + value.size()) return "bad Content-Length";
    length_ = n;
    return nullptr;
  }

  const char* take_coding(beast_view value) {
    if (coded_) return "doubled Transfer-Encoding";
    if (!equal_fields({value.data(), value.size()}, "chunked")) return "unknown transfer coding";
    coded_ = true;
    return nullptr;
  }

  void take_connection(std::string_view value) {
    close_ = close_ || list_has(value, "close");
    keep_alive_ = keep_alive_ || list_has(value, "keep-alive");
  }

  void on_request_impl(http::verb, beast_view, beast_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, beast_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast_view body, error_code&) override { return body.size(); }
  void on_finish_impl(error_code&) override {}

  std::string_view bytes_;
  response_head& out_;
  const char* fault_ = nullptr;
  std::optional<std::uint64_t> length_;
  bool coded_ = false;
  bool http_11_ = true;
  bool close_ = false;
  bool keep_alive_ = false;
};

routes::error bad_head(std::string_view why) {
  return routes::make_error(routes::error_kind::bad_answer, "response head: " + std::string(why));
}

void clear(response_head& out) {
  out.status = 0;
  out.keep_alive = true;
  out.framing = body_framing::none;
  out.length = 0;
  out.content_type = {};
  out.fields.clear();
}

// The size of one head; nullopt: more bytes are needed.
routes::result<std::optional<std::size_t>> parse_one(std::string_view bytes, response_head& out) {
  clear(out);
  span_parser parser(bytes, out);
  error_code ec;
  const std::size_t used = parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
  if (ec == http::error::need_more) return std::optional<std::size_t>();
  if (ec) return bad_head(parser.fault() != nullptr ? parser.fault() : ec.message());
  if (!parser.is_done()) return std::optional<std::size_t>();
  if (const char* why = parser.settle()) return bad_head(why);
  return std::optional<std::size_t>(used);
}

}  // namespace

std::string_view response_head::find(std::string_view lower_case_name) const {
  for (const auto& field : fields)
    if (equal_fields(field.name, lower_case_name)) return field.value;
  return {};
}

routes::result<std::optional<std::size_t>> parse_response_head(std::string_view bytes, response_head& out) {
  out.size = 0;
  for (;;) {
    auto one = parse_one(bytes.substr(out.size), out);
    if (!one) return one.error();
    if (!*one) {
      if (bytes.size() >= max_response_head) return bad_head("longer than 64 KiB");
      return std::optional<std::size_t>();
    }
    out.size += **one;
    if (out.size > max_response_head) return bad_head("longer than 64 KiB");
    if (out.status == 101) return bad_head("101 without a request to switch");
    if (out.status >= 200) return std::optional<std::size_t>(out.size);
  }
}

}  // namespace nearfar::providers
