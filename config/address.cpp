#include "config/address.hpp"

#include <arpa/inet.h>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>

namespace nearfar::config {

namespace {

namespace urls = boost::urls;

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '_';
}

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && text.front() != '.' && text.front() != '-' &&
         std::ranges::all_of(text, is_host_character);
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  return !text.empty() && failed == std::errc{} && end == text.data() + text.size() && port <= 65535;
}

bool is_ipv4(const std::string& text) {
  in_addr out{};
  return inet_pton(AF_INET, text.c_str(), &out) == 1;
}

bool is_ipv6(const std::string& text) {
  in6_addr out{};
  return inet_pton(AF_INET6, text.c_str(), &out) == 1;
}

std::string socket_problem(std::string_view path) {
  if (!path.starts_with('/')) return "wants an absolute path after `unix:`";
  if (path.size() > 107) return "is longer than a socket's path may be (107 bytes)";
  return {};
}

std::string scheme_problem(const urls::url_view& url) {
  if (url.scheme() != "http" && url.scheme() != "https") return "wants `http://` or `https://`";
  if (!url.has_authority() || url.host().empty()) return "names no host";
  if (url.has_userinfo()) return "holds a user name: credentials belong under `key`";
  if (url.has_port() && !url.port().empty() && !is_port(std::string_view(url.port())))
    return "has no such port";
  if (url.has_query() || url.has_fragment()) return "may not have a `?` or `#` part";
  return {};
}

bool is_loopback_host(std::string host) {
  std::ranges::transform(host, host.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (host == "localhost" || host.ends_with(".localhost") || host == "[::1]") return true;
  return host.starts_with("127.") && is_ipv4(host);
}

}  // namespace

std::string listen_problem(std::string_view written) {
  if (written.starts_with("unix:")) return socket_problem(written.substr(5));
  const auto colon = written.rfind(':');
  if (colon == std::string_view::npos) return "wants `host:port`";
  if (!is_port(written.substr(colon + 1))) return "wants a port from 0 to 65535 after the `:`";
  auto host = written.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    return is_ipv6(std::string(host.substr(1, host.size() - 2))) ? "" : "is not an IPv6 address";
  }
  if (host.find(':') != std::string_view::npos) return "wants brackets round an IPv6 address: `[::1]:8484`";
  if (host == "localhost" || is_ipv4(std::string(host))) return {};
  return "wants an address, not a name: `127.0.0.1`, `0.0.0.0`, `[::1]`";
}

std::string url_problem(std::string_view written) {
  if (written.starts_with("unix:")) return socket_problem(written.substr(5));
  const auto parsed = urls::parse_uri(written);
  if (!parsed) {
    return written.find("://") == std::string_view::npos ? "wants `http://` or `https://` in front"
                                                         : "is not a URL";
  }
  return scheme_problem(*parsed);
}

std::string host_problem(std::string_view written) {
  if (written.starts_with('[')) {
    const auto close = written.find(']');
    const bool good = close != std::string_view::npos && is_ipv6(std::string(written.substr(1, close - 1)));
    const auto rest = good ? written.substr(close + 1) : std::string_view{};
    return good && (rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)))) ? ""
                                                                                      : "is not a host name";
  }
  const auto colon = written.find(':');
  if (!is_host_name(written.substr(0, colon))) return "is not a host name";
  if (colon != std::string_view::npos && !is_port(written.substr(colon + 1))) return "has no such port";
  return {};
}

std::string origin_problem(std::string_view written) {
  if (written == "*") return "may not be `*`: any web page could then drive this gateway";
  const auto parsed = urls::parse_uri(written);
  if (!parsed) return "wants `https://host`";
  if (auto why = scheme_problem(*parsed); !why.empty()) return why;
  if (!parsed->path().empty()) return "wants scheme, host and port only, without a path or a `/` at the end";
  return {};
}

bool is_loopback_url(std::string_view url) {
  if (url.starts_with("unix:")) return true;
  const auto parsed = urls::parse_uri(url);
  return parsed && is_loopback_host(parsed->host());
}

bool is_plain_http_beyond_loopback(std::string_view url) {
  if (url.starts_with("unix:")) return false;
  const auto parsed = urls::parse_uri(url);
  return parsed && parsed->scheme() == "http" && !is_loopback_host(parsed->host());
}

}  // namespace nearfar::config
