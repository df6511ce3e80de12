#include "providers/link/probe.hpp"

#include "providers/http/field_text.hpp"
#include "providers/http/response_head.hpp"
#include "providers/link/evidence.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace nearfar::providers {
namespace {

using steady = std::chrono::steady_clock;

std::string_view host_of(std::string_view location) {
  const auto scheme = location.find("://");
  if (location.starts_with("//")) {
    location.remove_prefix(2);
  } else if (scheme != std::string_view::npos) {
    location.remove_prefix(scheme + 3);
  } else {
    return {};
  }
  location = location.substr(0, location.find_first_of("/?#"));
  if (const auto at = location.rfind('@'); at != std::string_view::npos) location.remove_prefix(at + 1);
  if (location.starts_with('[')) return location.substr(1, location.find(']') - 1);
  return location.substr(0, location.find(':'));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower_ascii(c); });
  return out;
}

// "example.com" of "www.example.com"; an address stays whole.
std::string_view last_two_labels(std::string_view host) {
  const bool number = host.find_first_not_of("0123456789.") == std::string_view::npos;
  if (number || host.find(':') != std::string_view::npos) return host;
  const auto last = host.rfind('.');
  if (last == std::string_view::npos || last == 0) return host;
  const auto before = host.rfind('.', last - 1);
  return before == std::string_view::npos ? host : host.substr(before + 1);
}

bool could_be_portal(const std::optional<evidence>& seen) {
  return !seen || *seen == evidence::silent || *seen == evidence::refused || *seen == evidence::untrusted ||
         *seen == evidence::wrong_name;
}

// True: somebody answered, and sends us elsewhere.
task<bool> is_redirected(connect_tools& with, origin to, probe_settings how) {
  to.kind = transport::plain;
  to.port = how.plain_port;
  const auto opened = co_await open_connection(with, to, how.time, nullptr);
  if (!opened) co_return false;
  connection& c = **opened;
  deadline clock(with.deadlines, [&c] { c.cancel(); });
  clock.set_after(how.time);
  const std::string request =
      "GET / HTTP/1.1\r\nHost: " + to.host + "\r\nUser-Agent: nearfar\r\nConnection: close\r\n\r\n";
  const std::array<asio::const_buffer, 1> pieces{asio::buffer(request)};
  if (!co_await c.write(pieces, 0)) co_return false;
  response_head head;
  while (c.input().size() < input_size) {
    const auto n = co_await c.read_some(input_size - c.input().size());
    if (!n || *n == 0) co_return false;
    const auto bytes = c.input().cdata();
    const auto got = parse_response_head({static_cast<const char*>(bytes.data()), bytes.size()}, head);
    if (!got) co_return false;
    if (*got) co_return sends_elsewhere(head.status, head.find("location"), to.host);
  }
  co_return false;
}

}  // namespace

bool sends_elsewhere(int status, std::string_view location, std::string_view host) {
  constexpr int network_authentication_required = 511;
  if (status == network_authentication_required) return true;
  if (status < 300 || status > 399) return false;
  const auto there = lower(host_of(location));
  const auto here = lower(host);
  return !there.empty() && last_two_labels(there) != last_two_labels(here);
}

task<evidence> probe_host(connect_tools& with, origin to, probe_settings how) {
  std::optional<evidence> seen;
  {
    const auto opened = co_await open_connection(with, to, how.time, nullptr);
    if (opened) {
      const auto path = measure_path((*opened)->native_handle());
      if (path && path->is_slow()) co_return evidence::slow;
      co_return evidence::reached;
    }
    seen = evidence_of(opened.error());
  }
  if (to.kind == transport::tls && could_be_portal(seen)) {
    const bool elsewhere = co_await is_redirected(with, to, how);
    if (elsewhere) co_return evidence::redirected;
  }
  co_return seen.value_or(evidence::silent);
}

}  // namespace nearfar::providers
