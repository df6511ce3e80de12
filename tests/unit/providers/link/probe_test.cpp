#include "providers/link/probe.hpp"

#include "providers/http/certificate_error.hpp"
#include "providers/http/open_sockets.hpp"
#include "providers/link/evidence.hpp"
#include "tests/unit/providers/http/loopback.hpp"

#include <catch2/catch_test_macros.hpp>

#include <openssl/x509_vfy.h>

#include <cerrno>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::test;
using routes::error_kind;
using routes::make_error;

namespace {

boost::system::error_code system_code(int value) {
  return {value, boost::system::system_category()};
}

// Probes `to`, whose plain HTTP is at `plain`.
evidence probe(network& n, origin to, std::uint16_t plain) {
  evidence out{};
  connect_tools tools{n.deadlines, n.names, n.tls};
  n.run([](connect_tools& with, origin at, std::uint16_t port, evidence& seen) -> task<void> {
    probe_settings how;
    how.plain_port = port;
    how.time = 5s;
    seen = co_await probe_host(with, at, how);
  }(tools, std::move(to), plain, out));
  return out;
}

task<void> say(peer p, std::string text) {
  co_await p.send(std::move(text));
  co_await p.wait_for_close();
}

// Nothing speaks TLS at it: it answers like a portal does.
origin not_tls(network& n, const std::string& answer) {
  auto out = n.serve([answer](peer p, int) { return say(std::move(p), answer); });
  out.kind = transport::tls;
  return out;
}

}  // namespace

TEST_CASE("a redirect to another host is the portal's, one at home is not") {
  CHECK(sends_elsewhere(302, "http://login.hotel.example/?u=1", "api.vendor.example2"));
  CHECK(sends_elsewhere(307, "//10.1.1.1/login", "api.vendor.com"));
  CHECK(sends_elsewhere(302, "http://10.1.1.1:8000/", "10.2.1.1"));
  CHECK(sends_elsewhere(511, "", "api.vendor.com"));
  CHECK_FALSE(sends_elsewhere(301, "https://api.vendor.com/", "api.vendor.com"));
  CHECK_FALSE(sends_elsewhere(301, "https://API.Vendor.com:443/x", "api.vendor.com"));
  CHECK_FALSE(sends_elsewhere(301, "https://www.vendor.com/", "api.vendor.com"));
  CHECK_FALSE(sends_elsewhere(302, "/login", "api.vendor.com"));
  CHECK_FALSE(sends_elsewhere(200, "http://login.hotel.example/", "api.vendor.com"));
  CHECK_FALSE(sends_elsewhere(404, "", "api.vendor.com"));
}

TEST_CASE("failures say of the link what they can, and no more") {
  const auto of = [](error_kind kind, boost::system::error_code cause) {
    return evidence_of(make_error(kind, "x", cause));
  };
  CHECK(of(error_kind::connect, system_code(ENETUNREACH)) == evidence::no_route);
  CHECK(of(error_kind::connect, system_code(ETIMEDOUT)) == evidence::silent);
  CHECK(of(error_kind::broken, system_code(ETIMEDOUT)) == evidence::silent);
  CHECK(of(error_kind::connect, system_code(ECONNREFUSED)) == evidence::refused);
  CHECK(of(error_kind::dns, {}) == evidence::no_route);
  // The name server was there to say so.
  CHECK(of(error_kind::dns, asio::error::host_not_found) == evidence::refused);
  CHECK(of(error_kind::tls, certificate_error(X509_V_ERR_HOSTNAME_MISMATCH)) == evidence::wrong_name);
  CHECK(of(error_kind::tls, certificate_error(X509_V_ERR_CERT_HAS_EXPIRED)) == evidence::untrusted);
  CHECK_FALSE(of(error_kind::server_error, {}).has_value());
  CHECK_FALSE(of(error_kind::timeout, {}).has_value());
  CHECK_FALSE(of(error_kind::broken, asio::error::eof).has_value());
  CHECK_FALSE(evidence_of(cut_error(error_kind::broken, "")).has_value());
  CHECK_FALSE(evidence_of(cut_error(error_kind::connect, "")).has_value());
}

TEST_CASE("a host that answers is reached, one that refuses is refused") {
  network n;
  auto to = n.serve([](peer p, int) -> task<void> { co_await p.wait_for_close(); });
  CHECK(probe(n, to, 9) == evidence::reached);
  to.port = 9;
  CHECK(probe(n, to, 9) == evidence::refused);
}

TEST_CASE("a host whose TLS fails and whose plain HTTP sends elsewhere sits behind a portal") {
  network n;
  const std::string away =
      "HTTP/1.1 302 Found\r\nlocation: http://login.hotel.example/\r\ncontent-length: 0\r\n\r\n";
  const auto to = not_tls(n, away);
  CHECK(probe(n, to, to.port) == evidence::redirected);
  const auto home =
      not_tls(n, "HTTP/1.1 301 Moved\r\nlocation: https://127.0.0.1/\r\ncontent-length: 0\r\n\r\n");
  CHECK(probe(n, home, home.port) == evidence::untrusted);
  const auto noise = not_tls(n, "what?\r\n\r\n");
  CHECK(probe(n, noise, noise.port) == evidence::untrusted);
}
