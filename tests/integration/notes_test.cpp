// What a query loses on the way to its target, and where an operator finds it.
#include "tests/integration/gateway_under_test.hpp"
#include "tests/integration/query_watcher.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <string>

namespace nearfar::tests {

namespace json = boost::json;

TEST_CASE("stop words that OpenAI would refuse are left out, and the query's event says so", "[P7]") {
  upstream_double vendor{{.name = "strict"}};
  policy_text policy;
  policy.providers = fmt::format(
      "  strict:\n    tier: remote\n    preset: openai\n    url: {}\n    models: [gpt]\n", vendor.url());
  policy.models = "  strict: [strict/gpt]\n";
  gateway_under_test gw{policy};
  query_watcher watcher{gw};
  const auto asked = [&](std::string_view stop) {
    const auto answer = gw.ask(
        fmt::format(R"({{"model":"strict","messages":[{{"role":"user","content":"hi"}}],"stop":{}}})", stop));
    CHECK(answer.status == 200);
    return json::parse(vendor.requests().back().body).at("stop");
  };
  CHECK(asked(R"(["a","b","c","d"])") == json::array{"a", "b", "c", "d"});
  CHECK_FALSE(watcher.next().contains("notes"));
  CHECK(asked(R"(["a","b","c","d","secret"])") == json::array{"a", "b", "c", "d"});
  const auto seen = watcher.next();
  INFO(json::serialize(seen));
  REQUIRE(seen.contains("notes"));
  CHECK(seen.at("notes").as_array().size() == 1);
  CHECK(seen.at("notes").at(0).as_string().starts_with("stop: "));
  CHECK(json::serialize(seen).find("secret") == std::string::npos);
}

TEST_CASE("who cannot carry a query is passed over, and the query's event says why", "[P5]") {
  upstream_double claude{{.name = "claude"}};
  upstream_double other{{.name = "other"}};
  policy_text policy;
  policy.providers = fmt::format(
      "  claude:\n    tier: remote\n    preset: anthropic-compatible\n    url: {}\n    models: [opus]\n"
      "  other:\n    tier: remote\n    preset: openai-compatible\n    url: {}\n    models: [ears]\n",
      claude.url(), other.url());
  policy.models = "  both: [claude/opus, other/ears]\n";
  gateway_under_test gw{policy};
  query_watcher watcher{gw};
  const auto answer = gw.ask(R"({"model":"both","messages":[{"role":"user","content":[{"type":"input_audio",)"
                             R"("input_audio":{"data":"AAAA","format":"wav"}}]}]})");
  CHECK(answer.status == 200);
  CHECK(answer.field("x-nearfar-target") == "other/ears");
  CHECK(claude.counters().requests == 0);
  const auto seen = watcher.next();
  INFO(json::serialize(seen));
  REQUIRE(seen.contains("notes"));
  CHECK(seen.at("notes").at(0).as_string().starts_with("claude/opus is passed over: input audio"));
}

}  // namespace nearfar::tests
