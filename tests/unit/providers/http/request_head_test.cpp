#include "providers/http/request_head.hpp"

#include "tests/unit/providers/http/print_result.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace nearfar;
using namespace nearfar::providers;
using config::auth_style;

namespace {

std::string written(const upstream_request& r) {
  std::string out = "old";
  REQUIRE(write_request_head(r, out));
  return out;
}

}  // namespace

TEST_CASE("a request head holds what the upstream needs, in one order") {
  const origin to = *parse_origin("https://openrouter.example/api");
  const config::secret key("sk-1");
  const std::vector<std::string> fixed{"X-Title: nearfar", "anthropic-version: 2023-06-01"};
  const header_field client[] = {make_field("User-Agent", "sdk/1"),
                                 make_field("Anthropic-Version", "2024-01-01")};
  upstream_request r{to, "/v1/chat/completions"};
  r.auth = auth_style::bearer;
  r.key = &key;
  r.fixed = fixed;
  r.client = client;
  r.content_length = 12;
  CHECK(written(r) ==
        "POST /api/v1/chat/completions HTTP/1.1\r\n"
        "host: openrouter.example\r\n"
        "authorization: Bearer sk-1\r\n"
        "X-Title: nearfar\r\n"
        "User-Agent: sdk/1\r\n"
        "Anthropic-Version: 2024-01-01\r\n"
        "accept-encoding: identity\r\n"
        "content-type: application/json\r\n"
        "content-length: 12\r\n"
        "\r\n");
}

TEST_CASE("a request without a body says nothing about one, and without a key nothing about a key") {
  const origin to = *parse_origin("unix:/s");
  const config::secret none;
  upstream_request r{to, "/health"};
  r.method = "GET";
  r.auth = auth_style::bearer;
  r.key = &none;
  CHECK(written(r) == "GET /health HTTP/1.1\r\nhost: localhost\r\naccept-encoding: identity\r\n\r\n");
}

TEST_CASE("each way to show a key has its own field") {
  const origin to = *parse_origin("http://h");
  const config::secret key("k");
  upstream_request r{to, "/"};
  r.key = &key;
  const auto has = [&](auth_style style, std::string_view field) {
    r.auth = style;
    return written(r).find(field) != std::string::npos;
  };
  CHECK(has(auth_style::bearer, "\r\nauthorization: Bearer k\r\n"));
  CHECK(has(auth_style::x_api_key, "\r\nx-api-key: k\r\n"));
  CHECK(has(auth_style::x_goog_api_key, "\r\nx-goog-api-key: k\r\n"));
  CHECK(has(auth_style::api_key, "\r\napi-key: k\r\n"));
  r.auth = auth_style::none;
  CHECK(written(r).find('k') == std::string::npos);
}

TEST_CASE("nothing of the client's that is not end-to-end reaches a provider") {
  const origin to = *parse_origin("http://provider");
  const header_field client[] = {
      make_field("Authorization", "Bearer leak"),
      make_field("X-Api-Key", "leak"),
      make_field("x-goog-api-key", "leak"),
      make_field("API-Key", "leak"),
      make_field("Cookie", "leak"),
      make_field("Proxy-Authorization", "leak"),
      make_field("X-Nearfar-Key", "leak"),
      make_field("x-nearfar-explain", "leak"),
      make_field("Host", "leak"),
      make_field("Content-Length", "leak"),
      make_field("Content-Type", "leak"),
      make_field("Transfer-Encoding", "leak"),
      make_field("Accept-Encoding", "leak"),
      make_field("Expect", "leak"),
      make_field("TE", "leak"),
      make_field("Trailer", "leak"),
      make_field("Upgrade", "leak"),
      make_field("Keep-Alive", "leak"),
      make_field("Proxy-Connection", "leak"),
      make_field("Connection", "close, x-named"),
      make_field("x-injected", "a\r\nleak: b"),
      make_field("traceparent", "00-1-2-01"),
  };
  upstream_request r{to, "/"};
  r.client = client;
  const std::string out = written(r);
  CHECK(out.find("leak") == std::string::npos);
  CHECK(out.find("onnection") == std::string::npos);
  CHECK(out.find("traceparent: 00-1-2-01\r\n") != std::string::npos);
}

TEST_CASE("what would break the head's framing is refused, and its text is not repeated") {
  const origin to = *parse_origin("http://h");
  const config::secret key("sk-1\r\nx: y");
  std::string out;
  upstream_request r{to, "/"};
  r.auth = auth_style::bearer;
  r.key = &key;
  const auto bad_key = write_request_head(r, out);
  REQUIRE(!bad_key);
  CHECK(bad_key.error().context.find("sk-1") == std::string::npos);
  CHECK(out.find("sk-1") == std::string::npos);
  r.key = nullptr;
  for (const char* path : {"/a b", "/a\r\nx: y", "/\x7f"}) {
    r.path = path;
    CHECK(!write_request_head(r, out));
  }
}

TEST_CASE("a head that was begun before is the same as one made at once") {
  const origin to = *parse_origin("https://openrouter.example/api");
  const config::secret key("sk-1");
  const header_field client[] = {make_field("User-Agent", "sdk/1")};
  upstream_request r{to, "/v1/chat/completions"};
  r.auth = auth_style::bearer;
  r.key = &key;
  r.client = client;
  r.content_length = 12;
  const std::string at_once = written(r);
  std::string begun = "old";
  REQUIRE(begin_request_head(r, begun));
  CHECK(
      begun ==
      "POST /api/v1/chat/completions HTTP/1.1\r\nhost: openrouter.example\r\nauthorization: Bearer sk-1\r\n");
  r.begun = begun;
  r.key = nullptr;
  CHECK(written(r) == at_once);
  r.key = &key;
  r.path = "/a b";
  CHECK(!begin_request_head(r, begun));
  CHECK(begun.empty());
}

TEST_CASE("one more fixed line gives way to the client's, too, and a kind of field can be kept back") {
  const origin to = *parse_origin("http://h");
  const header_field client[] = {make_field("Anthropic-Version", "2024-01-01"), make_field("x-a", "b")};
  upstream_request r{to, "/"};
  r.also_fixed = "anthropic-version: 2023-06-01";
  CHECK(written(r).find("anthropic-version: 2023-06-01\r\n") != std::string::npos);
  r.client = client;
  CHECK(written(r).find("2023-06-01") == std::string::npos);
  CHECK(written(r).find("Anthropic-Version: 2024-01-01\r\n") != std::string::npos);
  r.kept_back = known_field::anthropic;
  CHECK(written(r).find("2024-01-01") == std::string::npos);
  CHECK(written(r).find("anthropic-version: 2023-06-01\r\n") != std::string::npos);
  CHECK(written(r).find("x-a: b\r\n") != std::string::npos);
}

TEST_CASE("content of another type than JSON says its type and length") {
  const origin to = *parse_origin("http://h");
  upstream_request r{to, "/"};
  r.content_length = 0;
  r.content_type = "multipart/form-data; boundary=x";
  CHECK(
      written(r).ends_with("\r\naccept-encoding: identity\r\ncontent-type: multipart/form-data; "
                           "boundary=x\r\ncontent-length: 0\r\n\r\n"));
  r.content_type = "a\r\nb";
  std::string out;
  CHECK(!write_request_head(r, out));
}
