#include "gateway/client_hints.hpp"
#include "providers/http/header_field.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar;

namespace {

gateway::request_head head_with(std::string_view name, std::string_view value) {
  gateway::request_head out;
  out.fields.push_back(nearfar::providers::make_field(name, value));
  return out;
}

}  // namespace

TEST_CASE("privacy rises by a header and never falls [P3]", "[P3]") {
  config::configuration config;
  config.default_privacy = config::privacy_level::internal;
  routes::query asked;
  CHECK_FALSE(apply_client_hints(head_with("X-Nearfar-Privacy", "private"), config, asked));
  CHECK(asked.privacy == config::privacy_level::private_);
  CHECK_FALSE(apply_client_hints(head_with("x-nearfar-privacy", "public"), config, asked));
  CHECK(asked.privacy == config::privacy_level::internal);
}

TEST_CASE("a misspelt hint is an error and not a query that leaves [P3]", "[P3]") {
  const config::configuration config;
  routes::query asked;
  CHECK(apply_client_hints(head_with("x-nearfar-privcy", "private"), config, asked));
  CHECK(apply_client_hints(head_with("x-nearfar-privacy", "secret"), config, asked));
  const auto explain = apply_client_hints(head_with("x-nearfar-explain", "1"), config, asked);
  REQUIRE(explain);
  CHECK(explain->message.find("nearfar explain --id") != std::string::npos);
}

TEST_CASE("only declared tags are taken") {
  config::configuration config;
  config.tags = {"voice"};
  routes::query asked;
  CHECK_FALSE(apply_client_hints(head_with("x-nearfar-tag", "voice"), config, asked));
  CHECK(asked.tag == "voice");
  const auto wrong = apply_client_hints(head_with("x-nearfar-tag", "vioce"), config, asked);
  REQUIRE(wrong);
  CHECK(wrong->message.find("voice") != std::string::npos);
}

TEST_CASE("deadlines are whole positive milliseconds") {
  const config::configuration config;
  routes::query asked;
  CHECK_FALSE(apply_client_hints(head_with("x-nearfar-deadline-ms", "1500"), config, asked));
  CHECK(asked.deadline_ms == 1500U);
  for (const auto* bad : {"0", "-1", "1.5", "soon", "999999999999"}) {
    CHECK(apply_client_hints(head_with("x-nearfar-deadline-ms", bad), config, asked));
  }
}

TEST_CASE("headers of others are none of our business") {
  const config::configuration config;
  routes::query asked;
  CHECK_FALSE(apply_client_hints(head_with("x-request-id", "7"), config, asked));
  CHECK_FALSE(apply_client_hints(head_with("X-Nearfar-Key", "nf-1"), config, asked));
}

TEST_CASE("x-session-id is found in any case, and is no hint that could be misspelt") {
  CHECK(gateway::session_header(head_with("X-Session-Id", "abc")) == "abc");
  CHECK(gateway::session_header(head_with("x-request-id", "abc")).empty());
}
