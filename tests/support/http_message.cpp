#include "tests/support/http_message.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace nearfar::support {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

std::string lowered(std::string_view s) {
  std::string out(s);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool take_request_line(std::string_view line, request_head& out) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || last == first) return false;
  out.method = line.substr(0, first);
  out.target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return false;
  out.minor_version = version.back() - '0';
  return true;
}

bool take_framing(request_head& out) {
  out.keep_alive = out.minor_version == 1;
  const auto connection = lowered(out.field("connection"));
  if (connection.find("close") != std::string::npos) out.keep_alive = false;
  if (connection.find("keep-alive") != std::string::npos) out.keep_alive = true;
  out.chunked = lowered(out.field("transfer-encoding")) == "chunked";
  out.expect_continue = lowered(out.field("expect")) == "100-continue";
  const auto length = out.field("content-length");
  if (length.empty()) return true;
  std::uint64_t value = 0;
  const auto [end, ec] = std::from_chars(length.data(), length.data() + length.size(), value);
  if (ec != std::errc{} || end != length.data() + length.size()) return false;
  out.content_length = value;
  return true;
}

std::uint32_t crc32(std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t c = i;
      for (int k = 0; k < 8; ++k) c = (c & 1U) != 0 ? 0xEDB88320U ^ (c >> 1U) : c >> 1U;
      t[i] = c;
    }
    return t;
  }();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (crc >> 8U);
  return crc ^ 0xFFFFFFFFU;
}

void little_endian(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view request_head::path() const {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string_view request_head::field(std::string_view name) const {
  for (const auto& [n, v] : fields) {
    if (same_name(n, name)) return v;
  }
  return {};
}

bool request_head::has(std::string_view name) const {
  return std::any_of(fields.begin(), fields.end(), [&](const auto& f) { return same_name(f.first, name); });
}

std::optional<request_head> parse_request_head(std::string_view raw) {
  request_head out;
  out.raw = raw;
  auto end = raw.find("\r\n");
  if (end == std::string_view::npos || !take_request_line(raw.substr(0, end), out)) return std::nullopt;
  for (auto at = end + 2; at < raw.size(); at = end + 2) {
    end = raw.find("\r\n", at);
    if (end == std::string_view::npos) return std::nullopt;
    const auto line = raw.substr(at, end - at);
    if (line.empty()) break;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    out.fields.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  }
  if (!take_framing(out)) return std::nullopt;
  return out;
}

std::optional<dechunked> dechunk(std::string_view bytes, std::size_t offset) {
  dechunked out;
  for (auto at = offset;;) {
    const auto line_end = bytes.find("\r\n", at);
    if (line_end == std::string_view::npos) return std::nullopt;
    std::size_t size = 0;
    const auto [stop, ec] = std::from_chars(bytes.data() + at, bytes.data() + line_end, size, 16);
    if (ec != std::errc{}) {
      out.bad = true;
      return out;
    }
    at = line_end + 2;
    if (size == 0) {
      const bool no_trailer = bytes.substr(at).starts_with("\r\n");
      const auto end = no_trailer ? at : bytes.find("\r\n\r\n", at);
      if (end == std::string_view::npos || bytes.size() < at + 2) return std::nullopt;
      out.end = no_trailer ? at + 2 : end + 4;
      return out;
    }
    if (bytes.size() < at + size + 2) return std::nullopt;
    out.body.append(bytes.substr(at, size));
    at += size + 2;
  }
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 102:
      return "Processing";
    case 103:
      return "Early Hints";
    case 200:
      return "OK";
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
    case 413:
      return "Payload Too Large";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Scripted";
  }
}

// RFC 1952 around RFC 1951 blocks of type 00, at most 65,535 bytes each.
std::string gzip_stored(std::string_view bytes) {
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  std::size_t at = 0;
  do {
    const auto piece = bytes.substr(at, 65'535);
    at += piece.size();
    out += static_cast<char>(at == bytes.size() ? 1 : 0);
    const auto length = static_cast<std::uint32_t>(piece.size());
    little_endian(out, length, 2);
    little_endian(out, ~length & 0xFFFFU, 2);
    out += piece;
  } while (at < bytes.size());
  little_endian(out, crc32(bytes), 4);
  little_endian(out, static_cast<std::uint32_t>(bytes.size()), 4);
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string out;
  for (unsigned i = 0; i < size; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

}  // namespace nearfar::support
