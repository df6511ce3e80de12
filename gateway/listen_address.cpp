#include "gateway/listen_address.hpp"

#include "providers/http/field_text.hpp"

#include <boost/asio/ip/address.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace nearfar::gateway {

namespace {

// "localhost:8484" and "[::1]:8484" without the port.
std::string_view without_port(std::string_view field) {
  if (!field.empty() && field.front() == '[') {
    const auto end = field.find(']');
    return end == std::string_view::npos ? field : field.substr(0, end + 1);
  }
  return field.substr(0, field.rfind(':'));
}

bool is_literal(std::string_view name) {
  if (name.size() > 1 && name.front() == '[' && name.back() == ']') name = name.substr(1, name.size() - 2);
  boost::system::error_code ec;
  boost::asio::ip::make_address(std::string(name), ec);
  return !ec;
}

routes::error wrong(std::string context) {
  return routes::make_error(routes::error_kind::internal, std::move(context));
}

}  // namespace

std::string listen_address::text() const {
  if (is_unix) return "unix:" + host;
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

bool listen_address::takes_host(std::string_view field) const {
  if (is_unix) return true;
  const auto name = without_port(field);
  if (is_open && is_literal(name)) return true;
  return std::any_of(hosts.begin(), hosts.end(),
                     [&](const auto& h) { return providers::equal_any_case(h, name); });
}

bool listen_address::takes_origin(std::string_view origin) const {
  return std::any_of(origins.begin(), origins.end(),
                     [&](const auto& o) { return providers::equal_any_case(o, origin); });
}

routes::result<listen_address> parse_listen(std::string_view text, listener_role role,
                                            const config::server_config& from, strangers others) {
  listen_address out;
  out.role = role;
  out.origins = from.origins;
  if (text.starts_with("unix:")) {
    out.is_unix = true;
    out.host = text.substr(5);
    if (out.host.empty()) return wrong("unix: needs a path, e.g. unix:/run/nearfar.sock");
    return out;
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return wrong(fmt::format("listen address `{}` has no port, e.g. 127.0.0.1:8484", text));
  }
  std::string_view host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (bad != std::errc{} || end != digits.data() + digits.size()) {
    return wrong(fmt::format("listen address `{}`: `{}` is no port", text, digits));
  }
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(std::string(host), ec);
  if (ec)
    return wrong(
        fmt::format("listen address `{}`: `{}` is no address; write e.g. 127.0.0.1:8484", text, host));
  out.is_open = !address.is_loopback();
  if (out.is_open && role == listener_role::admin) {
    return wrong(
        fmt::format("admin address `{}` can be reached by others, and the admin's token would travel in "
                    "plain text; listen on "
                    "127.0.0.1 or [::1], and come from elsewhere through a tunnel (`ssh -L`)",
                    text));
  }
  if (out.is_open && others == strangers::refused) {
    return wrong(
        fmt::format("listen address `{}` can be reached by others, and there is no valid key: make one with "
                    "`nearfar keys create NAME`, or listen on 127.0.0.1, [::1] or unix:/path",
                    text));
  }
  out.host = address.to_string();
  out.hosts = from.hosts;
  out.hosts.push_back(address.is_v6() ? "[" + out.host + "]" : out.host);
  return out;
}

}  // namespace nearfar::gateway
