#include "providers/http/header_field.hpp"

#include "providers/http/head_bytes.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cctype>
#include <string>
#include <utility>

using namespace nearfar::providers;

namespace {

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

bool reaches_client(std::string_view name) {
  return allows(nature_of(name).goes, passage::to_client);
}

bool reaches_provider(std::string_view name) {
  return allows(nature_of(name).goes, passage::to_provider);
}

}  // namespace

TEST_CASE("an answer's fields pass but for framing, cookies and what speaks for the provider's host") {
  for (const auto* name : {"x-request-id", "request-id", "x-ratelimit-remaining-requests", "Retry-After",
                           "anthropic-ratelimit-tokens-reset", "openai-processing-ms", "Content-Type",
                           "cf-ray", "x-should-retry"}) {
    CAPTURE(name);
    CHECK(reaches_client(name));
  }
  for (const auto* name : {"Connection",
                           "keep-alive",
                           "Transfer-Encoding",
                           "content-length",
                           "Set-Cookie",
                           "set-cookie2",
                           "trailer",
                           "Server",
                           "Strict-Transport-Security",
                           "Alt-Svc",
                           "access-control-allow-origin",
                           "X-Nearfar-Target",
                           "upgrade",
                           "public-key-pins",
                           "expect-ct",
                           "report-to",
                           "reporting-endpoints",
                           "nel",
                           "clear-site-data",
                           "proxy-authenticate",
                           "proxy-authentication-info",
                           "te",
                           "http2-settings",
                           "proxy-connection"}) {
    CAPTURE(name);
    CHECK_FALSE(reaches_client(name));
    CHECK_FALSE(reaches_client(upper(name)));
  }
}

TEST_CASE("no credential, no cookie, no hop-by-hop field and none written anew reaches a provider") {
  for (const auto* name : {"connection",
                           "keep-alive",
                           "proxy-connection",
                           "te",
                           "trailer",
                           "transfer-encoding",
                           "upgrade",
                           "http2-settings",
                           "proxy-authenticate",
                           "proxy-authorization",
                           "proxy-authentication-info",
                           "authorization",
                           "x-api-key",
                           "x-goog-api-key",
                           "api-key",
                           "cookie",
                           "cookie2",
                           "host",
                           "content-length",
                           "content-type",
                           "accept-encoding",
                           "expect",
                           "x-nearfar-key",
                           "x-nearfar-"}) {
    CAPTURE(name);
    CHECK_FALSE(reaches_provider(name));
    CHECK_FALSE(reaches_provider(upper(name)));
  }
  for (const auto* name :
       {"traceparent", "user-agent", "accept", "x-session-id", "anthropic-version", "anthropic-beta",
        "origin", "x-nearfa", "x-nearfarther", "x-api-keys", "hosts", "tea", "contenttype", "content_type",
        "connectioN2", "openai-beta", "x", "a", "access-control-request-method"}) {
    CAPTURE(name);
    CHECK(reaches_provider(name));
    CHECK(reaches_provider(upper(name)));
  }
}

TEST_CASE("fields with a meaning are known in any case, and nothing like them is") {
  CHECK(nature_of("Content-Length").known == known_field::content_length);
  CHECK(nature_of("TRANSFER-ENCODING").known == known_field::transfer_encoding);
  CHECK(nature_of("hOsT").known == known_field::host);
  CHECK(nature_of("connection").known == known_field::connection);
  CHECK(nature_of("Proxy-Connection").known == known_field::proxy_connection);
  CHECK(nature_of("origin").known == known_field::origin);
  CHECK(nature_of("Expect").known == known_field::expect);
  CHECK(nature_of("Upgrade").known == known_field::upgrade);
  CHECK(nature_of("X-Nearfar-Tag").known == known_field::nearfar);
  CHECK(nature_of("Anthropic-Beta").known == known_field::anthropic);
  // Of the same length, first and last letter.
  CHECK(nature_of("content-lensth").known == known_field::other);
  CHECK(nature_of("transfer_encoding").known == known_field::other);
  CHECK(nature_of("hoot").known == known_field::other);
  CHECK(nature_of("anthropic").known == known_field::other);
}

TEST_CASE("tokens are the same but for case, at every length and in every byte") {
  const std::string_view lower = "abcdefghijklmnopqrstuvwxyz-0123456789";
  const std::string whole = upper(lower);
  for (std::size_t size = 0; size <= lower.size(); ++size) {
    CAPTURE(size);
    std::string token = whole.substr(0, size);
    CHECK(same_token(token, lower.substr(0, size)));
    for (std::size_t i = 0; i < size; ++i) {
      const char was = std::exchange(token[i], '_');
      CHECK_FALSE(same_token(token, lower.substr(0, size)));
      token[i] = was;
    }
    CHECK_FALSE(same_token(token + "x", lower.substr(0, size)));
  }
}

TEST_CASE("a field made by hand goes nowhere where a head could not carry it") {
  CHECK(make_field("x-a", "b\tc \xe4").is.goes == passage::anywhere);
  for (const auto* value : {"a\r\nb: c", "a\nb", "a\x7f", "\x01"}) {
    CAPTURE(value);
    CHECK(make_field("x-a", value).is.goes == passage::nowhere);
  }
  for (const auto* name : {"", "x a", "x:", "x\r\ny", "x\xe4"}) {
    CAPTURE(name);
    CHECK(make_field(name, "b").is.goes == passage::nowhere);
  }
  CHECK(header_field{"x-a", "b"}.is.goes == passage::nowhere);
}
