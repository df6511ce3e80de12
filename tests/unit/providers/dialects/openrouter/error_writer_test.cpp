#include "providers/dialects/openrouter/error_writer.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace nearfar::providers;
using namespace nearfar;
using openrouter::error_terms;
using routes::drop_reason;
using routes::error_kind;
namespace json = boost::json;

TEST_CASE("an error has its status as a number, a message and a type") {
  const auto e =
      json::parse(openrouter::error_body(
                      {.status = 404, .code = "model_not_found", .message = "no \"x\"", .model = "x"}))
          .at("error");
  CHECK(e.at("code") == 404);
  CHECK(e.at("message") == "no \"x\"");
  CHECK(e.at("metadata").at("error_type") == "not_found");
  CHECK(e.at("availability").at("code") == "model_not_found");
  CHECK(e.at("availability").at("retryable") == false);
  CHECK(e.at("availability").at("requested_models") == json::array{"x"});
}

TEST_CASE("a wish that emptied the list is named") {
  const auto e = json::parse(openrouter::error_body({.status = 404,
                                                     .code = "constraint_filtered",
                                                     .message = "m",
                                                     .model = "auto",
                                                     .excluded_by = drop_reason::client_price}))
                     .at("error");
  CHECK(e.at("availability").at("excluded_by") == json::array{"max_price"});
  CHECK(openrouter::excluded_word(drop_reason::client_retention) == "data_policy:zdr");
  CHECK(openrouter::excluded_word(drop_reason::parked).empty());
}

TEST_CASE("a provider's error bears its name and its own words") {
  const auto text =
      openrouter::error_body({.status = 400,
                              .kind = error_kind::too_long,
                              .message = "Provider returned error",
                              .provider = "homelab",
                              .raw = "{\"error\":1}",
                              .previous = {{"phone", "timeout", 0}, {"cloud", "server_error", 500}}});
  const auto m = json::parse(text).at("error").at("metadata");
  CHECK(m.at("error_type") == "context_length_exceeded");
  CHECK(m.at("provider_name") == "homelab");
  CHECK(m.at("raw") == "{\"error\":1}");
  CHECK(m.at("previous_errors").as_array().size() == 2);
  CHECK(m.at("previous_errors").at(1).at("status") == 500);
  CHECK_FALSE(m.at("previous_errors").at(0).as_object().contains("status"));
  CHECK_FALSE(json::parse(text).at("error").as_object().contains("availability"));
}

TEST_CASE("what comes back after a while says when") {
  const auto a = json::parse(openrouter::error_body({.status = 503, .message = "m", .retry_after = 7}))
                     .at("error")
                     .at("availability");
  CHECK(a.at("code") == "temporarily_unavailable");
  CHECK(a.at("retryable") == true);
  CHECK(a.at("retry_after") == 7);
  CHECK(openrouter::availability_code({.status = 429, .message = "m"}) == "capacity_exhausted");
  CHECK(openrouter::availability_code({.status = 400, .message = "m"}).empty());
}

TEST_CASE("a stream that breaks ends with the error beside an empty choice") {
  const auto text =
      openrouter::error_event("gen-1", 5, "m", {.status = 502, .kind = error_kind::broken, .message = "x"});
  REQUIRE(text.starts_with("data: {"));
  REQUIRE(text.ends_with("}\n\n"));
  const auto v = json::parse(text.substr(6));
  CHECK(v.at("choices").at(0).at("finish_reason") == "error");
  CHECK(v.at("error").at("metadata").at("error_type") == "provider_unavailable");
  CHECK(v.at("error").at("code") == 502);
}

TEST_CASE("every status has a type of OpenRouter's list") {
  CHECK(openrouter::error_type(error_kind::none, 401) == "authentication");
  CHECK(openrouter::error_type(error_kind::none, 402) == "payment_required");
  CHECK(openrouter::error_type(error_kind::none, 403) == "permission_denied");
  CHECK(openrouter::error_type(error_kind::none, 413) == "payload_too_large");
  CHECK(openrouter::error_type(error_kind::none, 400) == "invalid_request");
  CHECK(openrouter::error_type(error_kind::none, 500) == "server");
  CHECK(openrouter::error_type(error_kind::none, 504) == "timeout");
  CHECK(openrouter::error_type(error_kind::refused, 400) == "content_policy_violation");
}
