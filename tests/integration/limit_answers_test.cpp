// What a client reads of limits, in its own dialect: the refusals, and the header fields by which SDKs pace
// themselves.
#include "tests/integration/dialect_client.hpp"

#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>

namespace nearfar::tests {
namespace {

using config::dialect;

policy_text limited(std::string_view limits) {
  policy_text out;
  out.remote_price = "{input: 0 USD/M, output: 1 USD/M}";
  out.models = "  auto: [vendor/large]\n";
  out.more = "limits:\n" + std::string(limits);
  return out;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_CASE("a spent budget is a 402 in every dialect: what, how much, until when", "[P4]") {
  gateway_under_test gw(limited("  - {name: daily-spend, of: cost, max: 0.00002 USD, per: month}\n"));
  REQUIRE(ask(gw, {}).status == 200);
  for (const auto in : client_dialects) {
    for (const auto how : {asking::whole, asking::streamed}) {
      DYNAMIC_SECTION(config::to_string(in) << (how == asking::whole ? ", whole" : ", streamed")) {
        const auto a = ask(gw, {.in = in, .how = how});
        INFO(a.head << a.body);
        CHECK(a.status == 402);
        CHECK(a.complete);
        const auto heard = hear_refusal(in, a.body);
        CHECK(heard.kind == word_for(in, 402));
        if (in != dialect::anthropic_messages) CHECK(heard.code == "budget_exceeded");
        CHECK(contains(heard.message, "`daily-spend`"));
        CHECK(contains(heard.message, "0.00002 USD per month"));
        CHECK(contains(heard.message, "0.00002 USD spent"));
        CHECK(contains(heard.message, "-01T00:00:00Z"));
        // Money does not come back while a client waits.
        CHECK(a.field("x-should-retry") == "false");
        CHECK(!a.has("retry-after"));
      }
    }
  }
  CHECK(gw.remote.counters().requests == 1);
}

TEST_CASE("a full limit of requests is a 429 in every dialect, with the time to wait", "[P4]") {
  gateway_under_test gw(limited("  - {name: bursts, of: requests, max: 1, per: month}\n"));
  REQUIRE(ask(gw, {}).status == 200);
  for (const auto in : client_dialects) {
    DYNAMIC_SECTION(config::to_string(in)) {
      const auto a = ask(gw, {.in = in});
      INFO(a.head << a.body);
      CHECK(a.status == 429);
      const auto heard = hear_refusal(in, a.body);
      CHECK(heard.kind == word_for(in, 429));
      if (in != dialect::anthropic_messages) CHECK(heard.code == "limit_reached");
      CHECK(contains(heard.message, "`bursts`"));
      CHECK(contains(heard.message, "1 request per "));
      CHECK(contains(heard.message, "-01T00:00:00Z"));
      CHECK(std::stol("0" + std::string(a.field("retry-after"))) > 0);
    }
  }
}

TEST_CASE("a query that fits into no empty limit hears that waiting does not help", "[P4]") {
  gateway_under_test gw(limited("  - {name: words, of: tokens, max: 100, per: minute}\n"));
  const auto a = ask(gw, {.max_tokens = 5'000});
  CHECK(a.status == 429);
  CHECK(contains(a.body, "max_tokens"));
  CHECK(!a.has("retry-after"));
  CHECK(a.field("x-should-retry") == "false");
}

TEST_CASE("SDKs find what is left in the fields that they know", "[P4]") {
  gateway_under_test gw(
      limited("  - {name: bursts, of: requests, max: 10, per: month}\n"
              "  - {name: words, of: tokens, max: 1000000, per: month}\n"));
  for (const auto how : {asking::whole, asking::streamed}) {
    DYNAMIC_SECTION((how == asking::whole ? "whole" : "streamed")) {
      const auto openai = ask(gw, {.how = how});
      INFO(openai.head);
      CHECK(openai.field("x-ratelimit-limit-requests") == "10");
      CHECK(openai.field("x-ratelimit-remaining-requests") == "9");
      CHECK(openai.field("x-ratelimit-reset-requests").ends_with("s"));
      CHECK(openai.field("x-ratelimit-limit-tokens") == "1000000");
      CHECK(std::stol("0" + std::string(openai.field("x-ratelimit-remaining-tokens"))) < 1'000'000);
      CHECK(!openai.has("anthropic-ratelimit-requests-limit"));

      const auto anthropic = ask(gw, {.in = dialect::anthropic_messages, .how = how});
      INFO(anthropic.head);
      CHECK(anthropic.field("anthropic-ratelimit-requests-limit") == "10");
      CHECK(anthropic.field("anthropic-ratelimit-requests-remaining") == "8");
      CHECK(anthropic.field("anthropic-ratelimit-requests-reset").ends_with("-01T00:00:00Z"));
      CHECK(anthropic.field("anthropic-ratelimit-tokens-limit") == "1000000");
      CHECK(!anthropic.has("x-ratelimit-limit-requests"));
    }
  }
}

TEST_CASE("an upstream's own rate limits do not stand beside ours", "[P4]") {
  gateway_under_test gw(limited("  - {name: bursts, of: requests, max: 10, per: month}\n"));
  behaviour b;
  b.headers = {{"x-ratelimit-limit-requests", "7"}, {"x-ratelimit-remaining-requests", "3"}};
  gw.remote.set_default(b);
  const auto a = ask(gw, {});
  CHECK(a.field("x-ratelimit-limit-requests") == "10");
  std::size_t told = 0;
  for (const auto& [name, value] : a.fields) told += name == "x-ratelimit-limit-requests" ? 1 : 0;
  CHECK(told == 1);
}

TEST_CASE("without a limit of ours the upstream's go through", "[P7]") {
  policy_text policy;
  policy.models = "  auto: [vendor/large]\n";
  gateway_under_test gw(policy);
  behaviour b;
  b.headers = {{"x-ratelimit-limit-requests", "7"}};
  gw.remote.set_default(b);
  CHECK(ask(gw, {}).field("x-ratelimit-limit-requests") == "7");
}

}  // namespace
}  // namespace nearfar::tests
