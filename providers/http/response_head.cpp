#include "providers/http/response_head.hpp"

#include "providers/http/field_text.hpp"
#include "providers/http/head_scanner.hpp"

namespace nearfar::providers {
namespace {

const char* words_for(scan fault) {
  switch (fault) {
    case scan::bad_name:
      return "bad field";
    case scan::bad_value:
      return "bad value";
    case scan::bad_line_end:
      return "bad line ending";
    default:
      return "folded header line";
  }
}

// One head. The scanner checks the syntax of its lines; what they mean is decided here.
class response_reader {
 public:
  response_reader(std::string_view bytes, response_head& out) : scanner_(bytes), out_(out) {}

  // Whether the head is whole. Otherwise there is a fault, or more bytes are needed.
  bool read() {
    if (!start_line()) return false;
    header_field field;
    auto got = scanner_.next(field);
    for (; got == scan::field; got = scanner_.next(field)) {
      take(field);
      if (fault_ != nullptr) return false;
      out_.fields.push_back(field);
    }
    if (got != scan::end) return got == scan::more ? false : fail(words_for(got));
    settle();
    return fault_ == nullptr;
  }

  const char* fault() const { return fault_; }
  std::size_t size() const { return scanner_.size(); }

 private:
  bool fail(const char* why) {
    fault_ = why;
    return false;
  }

  // RFC 9112, section 4.
  bool start_line() {
    if (scanner_.take("HTTP/1.1 ")) {
      http_11_ = true;
    } else if (scanner_.take("HTTP/1.0 ")) {
      http_11_ = false;
    } else {
      return version_is_wrong();
    }
    const auto code = scanner_.word();
    if (scanner_.whole()) return false;
    const auto status = number_in(code);
    if (code.size() != 3 || !status || !scanner_.take(" ")) return fail("bad status");
    out_.status = static_cast<int>(*status);
    scanner_.text();
    const auto end = scanner_.line_end();
    if (end == scan::field || end == scan::more) return end == scan::field;
    return fail(end == scan::bad_value ? "bad reason" : words_for(end));
  }

  bool version_is_wrong() {
    constexpr std::string_view longest = "HTTP/1.1 ";
    scanner_.word();
    const bool may_come = scanner_.whole() && scanner_.size() < longest.size();
    return may_come ? false : fail("bad version");
  }

  void take(const header_field& field) {
    switch (field.is.known) {
      case known_field::content_length:
        return take_length(field.value);
      case known_field::transfer_encoding:
        return take_coding(field.value);
      case known_field::connection:
        if (!connection_.take(field.value)) fail("bad value");
        return;
      case known_field::proxy_connection:
        if (!connection_options().take(field.value)) fail("bad value");
        return;
      case known_field::content_type:
        out_.content_type = field.value;
        return;
      default:
        return;
    }
  }

  void take_length(std::string_view value) {
    if (length_) {
      fail("doubled Content-Length");
      return;
    }
    length_ = number_in(value);
    if (!length_ || coded_) fail("bad Content-Length");
  }

  void take_coding(std::string_view value) {
    if (coded_ || length_) {
      fail("bad Transfer-Encoding");
    } else if (!equal_fields(value, "chunked")) {
      fail("unknown transfer coding");
    }
    coded_ = true;
  }

  // After a whole head: how the body is framed (RFC 9112 section 6.3).
  void settle() {
    if (out_.status < 100) {
      fail("status below 100");
    } else if (coded_ && !http_11_) {
      fail("a transfer coding on HTTP/1.0");
    }
    out_.keep_alive = (http_11_ || connection_.keep_alive()) && !connection_.close();
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
    connection_.hold_back(out_.fields);
  }

  head_scanner scanner_;
  response_head& out_;
  const char* fault_ = nullptr;
  connection_options connection_;
  std::optional<std::uint64_t> length_;
  bool coded_ = false;
  bool http_11_ = true;
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

}  // namespace

std::string_view response_head::find(std::string_view lower_case_name) const {
  for (const auto& field : fields)
    if (equal_fields(field.name, lower_case_name)) return field.value;
  return {};
}

routes::result<std::optional<std::size_t>> parse_response_head(std::string_view bytes, response_head& out) {
  out.size = 0;
  for (;;) {
    clear(out);
    response_reader reader(bytes.substr(out.size), out);
    const bool whole = reader.read();
    if (reader.fault() != nullptr) return bad_head(reader.fault());
    if (!whole) {
      if (bytes.size() >= max_response_head) return bad_head("longer than 64 KiB");
      return std::optional<std::size_t>();
    }
    out.size += reader.size();
    if (out.size > max_response_head) return bad_head("longer than 64 KiB");
    if (out.status == 101) return bad_head("101 without a request to switch");
    if (out.status >= 200) return std::optional<std::size_t>(out.size);
  }
}

}  // namespace nearfar::providers
