#include "providers/http/origin.hpp"

#include "tests/unit/providers/http/print_result.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace nearfar::providers;

TEST_CASE("an origin is read from a url") {
  const auto plain = parse_origin("http://10.0.0.2:8000/v1");
  REQUIRE(plain);
  CHECK(plain->kind == transport::plain);
  CHECK(plain->host == "10.0.0.2");
  CHECK(plain->port == 8000);
  CHECK(plain->base_path == "/v1");
  CHECK(plain->host_field == "10.0.0.2:8000");
  CHECK(plain->address() == "10.0.0.2:8000");

  const auto secure = parse_origin("https://Api.Example/api/v1//");
  REQUIRE(secure);
  CHECK(secure->kind == transport::tls);
  CHECK(secure->host == "api.example");
  CHECK(secure->port == 443);
  CHECK(secure->base_path == "/api/v1");
  CHECK(secure->host_field == "api.example");

  const auto local = parse_origin("unix:/run/x.sock");
  REQUIRE(local);
  CHECK(local->kind == transport::unix_socket);
  CHECK(local->host == "/run/x.sock");
  CHECK(local->host_field == "localhost");
  CHECK(local->address() == "unix:/run/x.sock");

  const auto six = parse_origin("http://[fe80::1%eth0]:81");
  REQUIRE(six);
  CHECK(six->host == "fe80::1%eth0");
  CHECK(six->host_field == "[fe80::1]:81");
  CHECK(six->base_path.empty());
  CHECK(parse_origin("https://[::1]")->host_field == "[::1]");
  CHECK(parse_origin("http://h:80")->host_field == "h");
}

TEST_CASE("what is no base url is refused with its reason") {
  const std::pair<std::string, std::string_view> corpus[] = {
      {"", "it must begin with"},
      {"ftp://h", "it must begin with"},
      {"HTTP://h", "it must begin with"},
      {"h:8000", "it must begin with"},
      {"http://", "no host"},
      {"http:///v1", "no host"},
      {"http://:80", "no host"},
      {"http://h:0", "the port"},
      {"http://h:65536", "the port"},
      {"http://h:", "the port"},
      {"http://h:8x", "the port"},
      {"http://h:-1", "the port"},
      {"http://user:pass@h", "no credentials"},
      {"http://h/v1?a=b", "no `?`"},
      {"http://h#x", "no `?`"},
      {"http://h\r\nx: y", "a character"},
      {"http://h/a b", "a character"},
      {"http://h\\x", "a character"},
      {"http://h/\\x", "a character"},
      {"http://h%41", "a host is"},
      {"http://[::1", "`[`"},
      {"http://[1.2.3.4]", "not an IPv6"},
      {"http://[::1]x", "text after"},
      {"unix:run/x", "an absolute path"},
      {"unix:", "an absolute path"},
      {"unix:/" + std::string(107, 'x'), "too long"},
  };
  for (const auto& [url, why] : corpus) {
    CAPTURE(url);
    const auto got = parse_origin(url);
    REQUIRE(!got);
    CHECK(got.error().context.find(why) != std::string::npos);
  }
}

TEST_CASE("the pool key tells origins apart by all but the base path") {
  const auto key = [](std::string_view url) { return parse_origin(url)->pool_key(); };
  CHECK(key("http://h/v1") == key("http://H:80/v2"));
  CHECK(key("http://h:443") != key("https://h"));
  CHECK(key("http://h:1") != key("http://h:2"));
  CHECK(key("http://a") != key("http://b"));
  origin trusting = *parse_origin("https://h");
  trusting.ca_file = "/ca.pem";
  CHECK(trusting.pool_key() != key("https://h"));
}
