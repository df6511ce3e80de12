#include "providers/http/chunk_reader.hpp"

#include <algorithm>

namespace nearfar::providers {
namespace {

// 60 bits: no chunk is longer, and the sum of a shift cannot overflow.
constexpr unsigned max_digits = 15;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_control(char c) {
  const auto u = static_cast<unsigned char>(c);
  return (u < 0x20 && c != '\t') || u == 0x7f;
}

}  // namespace

routes::result<chunk_reader::step> chunk_reader::feed(std::string_view bytes) {
  step out;
  out.consumed = skip_framing(bytes);
  if (at_.fault == nullptr && at_.where == state::data) {
    const std::string_view rest = bytes.substr(out.consumed);
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(at_.left, rest.size()));
    out.data = rest.substr(0, n);
    out.consumed += n;
    at_.left -= n;
    if (at_.left == 0) {
      at_.where = state::data_cr;
      // A fault behind good data is told by the next call: the data comes first.
      const position before = at_;
      const auto more = skip_framing(bytes.substr(out.consumed));
      if (at_.fault == nullptr)
        out.consumed += more;
      else
        at_ = before;
    }
    return out;
  }
  if (at_.fault != nullptr) return routes::make_error(routes::error_kind::bad_answer, at_.fault);
  return out;
}

std::size_t chunk_reader::skip_framing(std::string_view bytes) {
  std::size_t i = 0;
  while (i < bytes.size() && at_.where != state::data && at_.where != state::done && at_.fault == nullptr) {
    at_.where = framing(bytes[i++]);
  }
  return i;
}

chunk_reader::state chunk_reader::framing(char c) {
  switch (at_.where) {
    case state::size:
      return in_size(c);
    case state::before_extension:
    case state::extension:
      return in_extension(c);
    case state::size_lf:
      if (c != '\n') return fail("chunked body: no line feed after a chunk size");
      at_.digits = 0;
      at_.extension = 0;
      return at_.left == 0 ? state::line_start : state::data;
    case state::data_cr:
      return c == '\r' ? state::data_lf : fail("chunked body: a chunk is longer than its size");
    case state::data_lf:
      return c == '\n' ? state::size : fail("chunked body: a chunk is longer than its size");
    case state::last_lf:
      return c == '\n' ? state::done : fail("chunked body: no line feed at its end");
    default:
      return in_trailer(c);
  }
}

chunk_reader::state chunk_reader::in_size(char c) {
  if (const int digit = hex_value(c); digit >= 0) {
    if (++at_.digits > max_digits) return fail("chunked body: chunk size too large");
    at_.left = at_.left * 16 + static_cast<std::uint64_t>(digit);
    return state::size;
  }
  if (at_.digits == 0) return fail("chunked body: chunk size expected");
  if (c == '\r') return state::size_lf;
  return in_extension(c);
}

// RFC 9112 section 7.1.1: blanks before the semicolon are bad but must be borne.
chunk_reader::state chunk_reader::in_extension(char c) {
  if (at_.where == state::extension && c == '\r') return state::size_lf;
  if (++at_.extension > limits_.extension) return fail("chunked body: chunk extension too long");
  if (at_.where == state::extension) {
    return is_control(c) ? fail("chunked body: control character in a chunk extension") : state::extension;
  }
  if (c == ';') return state::extension;
  if (c == ' ' || c == '\t') return state::before_extension;
  return fail("chunked body: bad chunk size");
}

chunk_reader::state chunk_reader::in_trailer(char c) {
  if (at_.where == state::line_start && c == '\r') return state::last_lf;
  if (++at_.trailers > limits_.trailers) return fail("chunked body: trailers too long");
  switch (at_.where) {
    case state::line_start:
      at_.name = 0;
      [[fallthrough]];
    case state::trailer_name:
      if (c == ':' && at_.name > 0) return state::trailer_value;
      if (is_control(c) || c == ' ' || c == '\t' || c == ':') return fail("chunked body: bad trailer");
      ++at_.name;
      return state::trailer_name;
    case state::trailer_value:
      if (c == '\r') return state::trailer_lf;
      return is_control(c) ? fail("chunked body: bad trailer") : state::trailer_value;
    default:
      return c == '\n' ? state::line_start : fail("chunked body: bad trailer");
  }
}

chunk_reader::state chunk_reader::fail(const char* why) {
  at_.fault = why;
  return at_.where;
}

}  // namespace nearfar::providers
