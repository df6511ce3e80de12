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
  const routes::header_view client[] = {{"User-Agent", "sdk/1"}, {"Anthropic-Version", "2024-01-01"}};
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
  const routes::header_view client[] = {
      {"Authorization", "Bearer leak"},
      {"X-Api-Key", "leak"},
      {"x-goog-api-key", "leak"},
      {"API-Key", "leak"},
      {"Cookie", "leak"},
      {"Proxy-Authorization", "leak"},
      {"X-Nearfar-Key", "leak"},
      {"x-nearfar-explain", "leak"},
      {"Host", "leak"},
      {"Content-Length", "leak"},
      {"Content-Type", "leak"},
      {"Transfer-Encoding", "leak"},
      {"Accept-Encoding", "leak"},
      {"Expect", "leak"},
      {"TE", "leak"},
      {"Trailer", "leak"},
      {"Upgrade", "leak"},
      {"Keep-Alive", "leak"},
      {"Proxy-Connection", "leak"},
      {"Connection", "close, x-named"},
      {"X-Named", "leak"},
      {"x-injected", "a\r\nleak: b"},
      {"traceparent", "00-1-2-01"},
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

TEST_CASE("an answer's fields pass but for framing, cookies and what speaks for the provider's host") {
  for (const auto* name : {"x-request-id", "request-id", "x-ratelimit-remaining-requests", "Retry-After",
                           "anthropic-ratelimit-tokens-reset", "openai-processing-ms", "Content-Type",
                           "cf-ray", "x-should-retry"}) {
    CAPTURE(name);
    CHECK(is_end_to_end_response_field(name));
  }
  for (const auto* name : {"Connection", "keep-alive", "Transfer-Encoding", "content-length", "Set-Cookie",
                           "trailer", "Server", "Strict-Transport-Security", "Alt-Svc",
                           "access-control-allow-origin", "X-Nearfar-Target", "upgrade"}) {
    CAPTURE(name);
    CHECK(!is_end_to_end_response_field(name));
  }
  CHECK(is_named_by_connection("close, X-Foo ,bar", "x-foo"));
  CHECK(!is_named_by_connection("close", "clos"));
}
