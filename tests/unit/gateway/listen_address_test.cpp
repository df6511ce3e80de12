#include "gateway/listen_address.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar;
using gateway::listener_role;
using gateway::parse_listen;

TEST_CASE("loopback and unix addresses are read") {
  const config::server_config server;
  const auto plain = parse_listen("127.0.0.1:8484", listener_role::queries, server);
  REQUIRE(plain.has_value());
  CHECK(plain->port == 8484);
  CHECK(plain->text() == "127.0.0.1:8484");
  const auto six = parse_listen("[::1]:80", listener_role::queries, server);
  REQUIRE(six.has_value());
  CHECK(six->text() == "[::1]:80");
  const auto local = parse_listen("unix:/run/x.sock", listener_role::queries, server);
  REQUIRE(local.has_value());
  CHECK(local->is_unix);
}

TEST_CASE("an address that others can reach is refused with the cure") {
  const config::server_config server;
  for (const auto* text : {"0.0.0.0:8484", "192.168.1.4:80", "[::]:80"}) {
    const auto got = parse_listen(text, listener_role::queries, server);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().context.find("127.0.0.1") != std::string::npos);
    CHECK(got.error().context.find("nearfar keys create") != std::string::npos);
  }
  CHECK_FALSE(parse_listen("127.0.0.1", listener_role::queries, server).has_value());
  CHECK_FALSE(parse_listen("127.0.0.1:http", listener_role::queries, server).has_value());
  CHECK_FALSE(parse_listen("127.0.0.1:99999", listener_role::queries, server).has_value());
}

TEST_CASE("where there are keys, others may be let in, but not to the admin's listener") {
  config::server_config server;
  server.hosts = {"glasses.local"};
  using gateway::strangers;
  const auto open = parse_listen("0.0.0.0:8484", listener_role::queries, server, strangers::need_keys);
  REQUIRE(open.has_value());
  CHECK(open->is_open);
  CHECK(open->takes_host("192.168.1.4:8484"));
  CHECK(open->takes_host("[fe80::1]:8484"));
  CHECK(open->takes_host("glasses.local:8484"));
  CHECK_FALSE(open->takes_host("evil.example:8484"));
  const auto own = parse_listen("127.0.0.1:8484", listener_role::queries, server, strangers::need_keys);
  REQUIRE(own.has_value());
  CHECK_FALSE(own->is_open);
  CHECK_FALSE(own->takes_host("192.168.1.4:8484"));
  const auto admin = parse_listen("0.0.0.0:8485", listener_role::admin, server, strangers::need_keys);
  REQUIRE_FALSE(admin.has_value());
  CHECK(admin.error().context.find("tunnel") != std::string::npos);
}

TEST_CASE("Host must be one of ours, whatever its port and case") {
  config::server_config server;
  server.hosts = {"localhost", "glasses.local"};
  const auto at = parse_listen("127.0.0.1:8484", listener_role::queries, server);
  REQUIRE(at.has_value());
  CHECK(at->takes_host("127.0.0.1:8484"));
  CHECK(at->takes_host("LocalHost"));
  CHECK(at->takes_host("glasses.local:9"));
  CHECK_FALSE(at->takes_host("evil.example"));
  CHECK_FALSE(at->takes_host("localhost.evil.example:8484"));
  CHECK_FALSE(at->takes_host(""));
}
