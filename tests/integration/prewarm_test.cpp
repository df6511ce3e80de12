// Targets are made ready for a query that is about to come.
#include "tests/integration/gateway_under_test.hpp"
#include "tests/integration/real_device.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

namespace nearfar::tests {
namespace {

namespace json = boost::json;

http_answer prewarm(const gateway_under_test& gw, std::string_view body, std::string_view query = {},
                    const header_list& fields = {}) {
  auto client = gw.client();
  client.set_deadline(millis{60'000});
  client.send(support::post("/v1/prewarm" + std::string(query), body, fields));
  return client.read_answer();
}

json::array targets_of(const http_answer& a) {
  INFO(a.body);
  REQUIRE(a.status == 200);
  return json::parse(a.body).at("targets").as_array();
}

bool is(const json::value& target, std::string_view what) {
  return target.at(what).as_bool();
}

std::string why(const json::value& target) {
  const auto* found = target.as_object().if_contains("skipped");
  return found == nullptr ? "" : std::string(found->as_string());
}

// A server on the device that somebody else started, and that takes prefills.
policy_text with_pocket(const upstream_double& pocket) {
  policy_text out;
  out.providers = fmt::format(
      "  pocket:\n    tier: device\n    preset: llama-server\n    url: {}\n"
      "    models: {{tiny: {{context: 64k}}}}\n",
      pocket.url());
  out.models += "  voice: [pocket/tiny, vendor/large]\n";
  return out;
}

TEST_CASE("a prewarm connects the plan's first targets and asks none of them", "[P1]") {
  gateway_under_test gw;
  const auto targets = targets_of(prewarm(gw, chat("auto")));
  REQUIRE(targets.size() == 2);
  CHECK(targets[0].at("target").as_string() == "phone/small");
  CHECK(targets[1].at("target").as_string() == "homelab/medium");
  for (const auto& one : targets) {
    CHECK(is(one, "connected"));
    CHECK_FALSE(is(one, "loaded"));
    CHECK_FALSE(is(one, "prefilled"));
    CHECK(one.at("connection_kept_s").as_int64() == 55);
    CHECK(why(one) == "its preset declares no prefill");
  }
  CHECK(gw.device.wait([](const auto& c) { return c.connections == 1; }));
  CHECK(gw.remote.counters().connections == 0);
  CHECK(gw.upstream_requests() == 0);
  // The query finds the connection.
  CHECK(answer_text(gw.ask(chat("near"))) == default_text("device"));
  CHECK(gw.device.counters().connections == 1);
  CHECK(gw.metric_reaches("nearfar_prewarms_total", 1));
  CHECK(gw.metric_reaches("nearfar_queries_total", 1));
}

TEST_CASE("as many targets as are asked for, and a remote one is never asked to read", "[P4]") {
  gateway_under_test gw;
  const auto targets = targets_of(prewarm(gw, chat("auto"), "?targets=3"));
  REQUIRE(targets.size() == 3);
  CHECK(targets[2].at("tier").as_string() == "remote");
  CHECK(is(targets[2], "connected"));
  CHECK(why(targets[2]) == "remote targets are only connected: a prefill would be billed");
  CHECK(gw.remote.counters().requests == 0);
  CHECK(targets_of(prewarm(gw, chat("auto"), "?targets=1")).size() == 1);
  for (const std::string_view bad : {"?targets=0", "?targets=9", "?targets=two", "?targets=1x"}) {
    CHECK(prewarm(gw, chat("auto"), bad).status == 400);
  }
}

TEST_CASE("a local server reads the prefix, and generates nothing that anybody waits for") {
  upstream_double pocket{{.name = "pocket"}};
  behaviour b;
  b.tokens = 1;
  b.usage = support::scripted_usage{.prompt_tokens = 62, .completion_tokens = 1, .cached_tokens = 12};
  pocket.set_default(b);
  gateway_under_test gw(with_pocket(pocket));
  const auto targets = targets_of(prewarm(gw, chat_stream("voice"), "?targets=1"));
  REQUIRE(targets.size() == 1);
  CHECK(is(targets[0], "prefilled"));
  CHECK(is(targets[0], "loaded"));
  CHECK(targets[0].at("prompt_tokens").as_int64() == 62);
  CHECK(targets[0].at("cached_tokens").as_int64() == 12);
  CHECK(why(targets[0]).empty());
  const auto asked = pocket.requests();
  REQUIRE(asked.size() == 1);
  const auto body = json::parse(asked.front().body);
  CHECK(body.at("n_predict").as_int64() == 0);
  CHECK(body.at("cache_prompt").as_bool());
  CHECK_FALSE(body.at("stream").as_bool());
  CHECK(body.at("model").as_string() == "tiny");
  CHECK(body.at("messages") == json::parse(chat("x")).at("messages"));
  // Without a text there is nothing to read.
  const auto empty = targets_of(prewarm(gw, R"({"model":"voice","messages":[]})", "?targets=1"));
  CHECK_FALSE(is(empty[0], "prefilled"));
  CHECK(is(empty[0], "connected"));
  CHECK(pocket.counters().requests == 1);
}

TEST_CASE("a guard that forbids a target forbids to warm it", "[P3]") {
  gateway_under_test gw;
  const auto targets =
      targets_of(prewarm(gw, chat("auto"), "?targets=8", {{"x-nearfar-privacy", "private"}}));
  CHECK(targets.size() == 2);
  CHECK(prewarm(gw, chat("far"), "", {{"x-nearfar-privacy", "private"}}).status == 403);
  CHECK(gw.remote.counters().connections == 0);
}

TEST_CASE("what cannot be warmed is told with its reason, and does not count") {
  gateway_under_test gw;
  SECTION("nobody listens") {
    gw.device.refuse();
    const auto targets = targets_of(prewarm(gw, chat("auto")));
    REQUIRE(targets.size() == 2);
    CHECK_FALSE(is(targets[0], "connected"));
    CHECK_FALSE(why(targets[0]).empty());
    CHECK(is(targets[1], "connected"));
    // A prewarm is no attempt: no breaker learns from it.
    gw.device.listen();
    CHECK(answer_text(gw.ask(chat("near"))) == default_text("device"));
  }
  SECTION("switched off") {
    REQUIRE(gw.admin("PUT", "/admin/targets", R"({"name":"phone","switch":"off","for_s":60})").status == 200);
    const auto targets = targets_of(prewarm(gw, chat("auto"), "?targets=1"));
    REQUIRE(targets.size() == 2);
    CHECK(why(targets[0]) == "off");
    CHECK(is(targets[1], "connected"));
    CHECK(gw.device.counters().connections == 0);
  }
  SECTION("the prefill is refused") {
    upstream_double pocket{{.name = "pocket"}};
    behaviour b;
    b.status = 500;
    pocket.set_default(b);
    gateway_under_test other(with_pocket(pocket));
    const auto targets = targets_of(prewarm(other, chat("voice"), "?targets=1"));
    CHECK_FALSE(is(targets[0], "prefilled"));
    CHECK(why(targets[0]).starts_with("prefill: "));
  }
}

TEST_CASE("a prewarm that cannot be planned gets the query's own error") {
  gateway_under_test gw;
  CHECK(prewarm(gw, chat("nobody")).status == 404);
  CHECK(prewarm(gw, "{").status == 400);
  CHECK(prewarm(gw, chat("auto"), "", {{"x-nearfar-privacy", "secret"}}).status == 400);
  auto client = gw.client();
  client.send(support::get("/v1/prewarm"));
  CHECK(client.read_answer().status == 405);
}

TEST_CASE("so many prewarms a minute, and then 429 with the time to wait") {
  gateway_under_test gw;
  int refused = 0;
  // One fits every two seconds: on a slow machine some more than thirty pass.
  for (int i = 0; i < 600 && refused == 0; ++i) {
    const auto a = prewarm(gw, chat("near"), "?targets=1");
    if (a.status == 200) continue;
    ++refused;
    CHECK(i >= 30);
    CHECK(a.status == 429);
    CHECK(error_field(a.body, "code") == "too_many_prewarms");
    CHECK(a.field("retry-after") == "2");
  }
  CHECK(refused == 1);
  // Queries are not counted with them.
  CHECK(gw.ask(chat("near")).status == 200);
}

TEST_CASE("the admin listener takes prewarms with the token alone") {
  gateway_under_test gw;
  const auto a = gw.admin("POST", "/admin/prewarm?targets=1", chat("auto"));
  REQUIRE(a.status == 200);
  CHECK(is(json::parse(a.body).at("targets").at(0), "connected"));
  raw_client nobody(gw.server().admin_address());
  nobody.send(support::post("/admin/prewarm", chat("auto")));
  CHECK(nobody.read_answer().status == 401);
}

TEST_CASE("a prewarm loads a real model and fills its cache", "[llama][P1]") {
  const auto server = llama_server_or_skip();
  policy_text policy;
  policy.attempts = "first_token: 60s, stall: 60s, load: 60s";
  policy.answer = "{device: 60s, self_hosted: 60s, remote: 60s}";
  policy.providers = real_device(server);
  policy.models += "  voice: [phone-ai/tiny]\n";
  gateway_under_test gw(policy);
  const auto targets =
      targets_of(prewarm(gw, chat("voice", "Where is the nearest station, and is it open?")));
  REQUIRE(targets.size() == 1);
  INFO(json::serialize(targets[0]));
  CHECK(is(targets[0], "loaded"));
  CHECK(is(targets[0], "prefilled"));
  CHECK(targets[0].at("model_kept_s").as_int64() == 300);
  const auto prompt = targets[0].at("prompt_tokens").as_int64();
  CHECK(prompt > 10);
  const auto a = gw.ask(chat("voice", "Where is the nearest station, and is it open?"));
  REQUIRE(a.status == 200);
  const auto usage = json::parse(a.body).at("usage");
  // All but the last token, which is always read again.
  CHECK(usage.at("prompt_tokens_details").at("cached_tokens").as_int64() >= prompt - 1);
}

}  // namespace
}  // namespace nearfar::tests
