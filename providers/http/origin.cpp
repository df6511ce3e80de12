#include "providers/http/origin.hpp"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>

namespace nearfar::providers {
namespace {

routes::error bad(std::string_view url, std::string_view why) {
  return routes::make_error(routes::error_kind::internal,
                            "bad url `" + std::string(url) + "`: " + std::string(why));
}

bool consume(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

void lower(std::string& text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
}

// Address of RFC 4291, with a zone as in "fe80::1%eth0" (link-local neighbours need one).
bool is_ipv6(std::string_view text) {
  const std::string address(text.substr(0, text.find('%')));
  in6_addr out{};
  return ::inet_pton(AF_INET6, address.c_str(), &out) == 1;
}

routes::result<origin> parse_unix(std::string_view url, std::string_view path) {
  if (path.empty() || path.front() != '/') return bad(url, "a unix socket needs an absolute path");
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return bad(url, "the socket's path is too long");
  if (path.find('\0') != path.npos) return bad(url, "the socket's path has a zero byte");
  origin out;
  out.kind = transport::unix_socket;
  out.host = path;
  out.host_field = "localhost";
  return out;
}

routes::result<void> parse_port(std::string_view url, std::string_view text, std::uint16_t& port) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (ec != std::errc{} || end != text.data() + text.size() || port == 0) {
    return bad(url, "the port must be 1 to 65535");
  }
  return {};
}

// Splits "host:port" or "[v6]:port".
routes::result<void> parse_authority(std::string_view url, std::string_view text, origin& out) {
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return bad(url, "`[` without `]`");
    out.host = text.substr(1, end - 1);
    if (!is_ipv6(out.host)) return bad(url, "not an IPv6 address");
    text.remove_prefix(end + 1);
    has_port = consume(text, ":");
    if (!has_port && !text.empty()) return bad(url, "text after `]`");
    port = text;
  } else {
    const auto colon = text.find(':');
    has_port = colon != text.npos;
    if (has_port) port = text.substr(colon + 1);
    out.host = text.substr(0, colon);
    lower(out.host);
    if (out.host.empty()) return bad(url, "no host");
    if (!std::all_of(out.host.begin(), out.host.end(), is_name_char)) {
      return bad(url, "a host is letters, digits, `-`, `_` and `.`");
    }
  }
  if (!has_port) return {};
  return parse_port(url, port, out.port);
}

std::string bracketed(const std::string& host) {
  // The zone has a meaning on this machine only: RFC 6874 section 4.
  if (host.find(':') != host.npos) return "[" + host.substr(0, host.find('%')) + "]";
  return host;
}

}  // namespace

std::string origin::pool_key() const {
  std::string out;
  write_pool_key(out);
  return out;
}

void origin::write_pool_key(std::string& out) const {
  // Neither a host nor a path may hold the separator.
  out.assign(1, static_cast<char>('0' + static_cast<int>(kind)));
  out.append(host).push_back('\0');
  out.push_back(static_cast<char>(port >> 8));
  out.push_back(static_cast<char>(port & 0xff));
  out.append(ca_file);
}

std::string origin::address() const {
  if (kind == transport::unix_socket) return "unix:" + host;
  return bracketed(host) + ":" + std::to_string(port);
}

routes::result<origin> parse_origin(std::string_view url) {
  std::string_view rest = url;
  if (consume(rest, "unix:")) return parse_unix(url, rest);
  origin out;
  if (consume(rest, "https://")) {
    out.kind = transport::tls;
    out.port = 443;
  } else if (consume(rest, "http://")) {
    out.port = 80;
  } else {
    return bad(url, "it must begin with http://, https:// or unix:");
  }
  const std::uint16_t usual_port = out.port;
  if (rest.find('?') != rest.npos || rest.find('#') != rest.npos) {
    return bad(url, "no `?` and no `#` in a base url");
  }
  if (std::any_of(rest.begin(), rest.end(), [](char c) { return c <= ' ' || c == 0x7f || c == '\\'; })) {
    return bad(url, "a character that no url may hold");
  }
  const auto slash = rest.find('/');
  const std::string_view authority = rest.substr(0, slash);
  if (authority.find('@') != authority.npos) return bad(url, "no credentials in a url: use `key`");
  if (auto ok = parse_authority(url, authority, out); !ok) return ok.error();
  if (slash != rest.npos) out.base_path = rest.substr(slash);
  while (out.base_path.ends_with('/')) out.base_path.pop_back();
  out.host_field = bracketed(out.host);
  if (out.port != usual_port) out.host_field += ":" + std::to_string(out.port);
  return out;
}

}  // namespace nearfar::providers
