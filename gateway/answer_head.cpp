#include "gateway/answer_head.hpp"

#include "providers/http/head_writer.hpp"

#include <fmt/format.h>

#include <span>

namespace nearfar::gateway {

std::string_view status_text(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 499:
      return "Client Closed Request";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

void put_status(providers::head_writer& out, int status) {
  if (status == 200) return out.put("HTTP/1.1 200 OK\r\n");
  out.put("HTTP/1.1 ");
  const char digits[3] = {static_cast<char>('0' + status / 100), static_cast<char>('0' + status / 10 % 10),
                          static_cast<char>('0' + status % 10)};
  out.put({digits, sizeof(digits)});
  out.put(" ");
  out.put(status_text(status));
  out.put("\r\n");
}

void start_head(std::string& out, int status) {
  constexpr std::size_t longest = 64;
  providers::head_writer line(out, longest);
  put_status(line, status);
}

void add_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  const auto from = out.size();
  out += value;
  // No early end: so the compiler looks at many bytes at once.
  for (char& c : std::span(out).subspan(from)) {
    const bool bad = c == '\r' || c == '\n' || c == '\0';
    c = bad ? ' ' : c;
  }
  out += "\r\n";
}

void add_field(std::string& out, std::string_view name, std::uint64_t value) {
  const fmt::format_int digits(value);
  out += name;
  out += ": ";
  out.append(digits.data(), digits.size());
  out += "\r\n";
}

void end_head(std::string& out) {
  out += "\r\n";
}

}  // namespace nearfar::gateway
