// The policy language as a client meets it: names, body fields, capabilities, stickiness, queues.
#include "tests/integration/gateway_under_test.hpp"

#include <catch2/catch_test_macros.hpp>

#include <boost/json.hpp>

#include <fmt/format.h>

#include <future>

namespace nearfar::tests {
namespace {

// A second model at each of the doubles needs its address, which exists before the gateway does.
struct own_doubles {
  upstream_double lab{{.name = "lab"}};
  upstream_double attic{{.name = "attic"}};

  std::string provider(std::string_view name, const upstream_double& at, std::string_view models,
                       std::string_view more = "") const {
    return fmt::format(
        "  {}:\n    tier: self_hosted\n    preset: openai-compatible\n    url: {}\n{}    models: {}\n", name,
        at.url(), more, models);
  }
};

boost::json::value body_seen(const upstream_double& by) {
  const auto requests = by.requests();
  REQUIRE_FALSE(requests.empty());
  return boost::json::parse(requests.back().body);
}

std::string with_tools(std::string_view model, std::string_view session) {
  return fmt::format(
      R"({{"model":"{}","session_id":"{}","tools":[{{"type":"function","function":{{"name":"f"}}}}],)"
      R"("messages":[{{"role":"user","content":"go on"}}]}})",
      model, session);
}

}  // namespace

TEST_CASE("a client may ask for provider/model, by the upstream's id or by `as`") {
  own_doubles own;
  policy_text policy;
  policy.providers = own.provider("lab", own.lab, "{qwen/qwen3-max: {as: max}}");
  gateway_under_test gw(policy);
  for (const char* asked : {"lab/max", "lab/qwen/qwen3-max", "max", "qwen/qwen3-max"}) {
    INFO(asked);
    const auto a = gw.ask(chat(asked));
    CHECK(a.status == 200);
    CHECK(a.field("x-nearfar-target") == "lab/max");
    CHECK(body_seen(own.lab).at("model") == "qwen/qwen3-max");  // the upstream hears its own id
  }
  CHECK(gw.ask(chat("lab/other")).status == 404);
}

TEST_CASE("the longest glob wins, `*` comes last, and an exact name before all") {
  policy_text policy;
  policy.models =
      "  claude-exact: [homelab/medium]\n"
      "  \"claude-*\": [vendor/large]\n"
      "  \"claude-haiku-*\": [phone/small]\n"
      "  \"*\": [homelab/medium]\n";
  gateway_under_test gw(policy);
  CHECK(gw.ask(chat("claude-haiku-4")).field("x-nearfar-target") == "phone/small");
  CHECK(gw.ask(chat("claude-opus")).field("x-nearfar-target") == "vendor/large");
  CHECK(gw.ask(chat("claude-exact")).field("x-nearfar-target") == "homelab/medium");
  CHECK(gw.ask(chat("gpt-9")).field("x-nearfar-target") == "homelab/medium");
}

TEST_CASE("`set` is forced on the body, `defaults` fill in what the client left out") {
  own_doubles own;
  policy_text policy;
  policy.providers = own.provider(
      "lab", own.lab, "{m: {set: {top_k: 7, temperature: 0.5}, defaults: {top_p: 0.9, seed: 1}}}");
  gateway_under_test gw(policy);
  const auto a =
      gw.ask(R"({"model":"lab/m","temperature":1,"seed":42,"messages":[{"role":"user","content":"hi"}]})");
  REQUIRE(a.status == 200);
  const auto seen = body_seen(own.lab);
  CHECK(seen.at("top_k") == 7);
  CHECK(seen.at("temperature").to_number<double>() == 0.5);
  CHECK(seen.at("top_p").to_number<double>() == 0.9);
  CHECK(seen.at("seed") == 42);
}

TEST_CASE("`can` overrides what is assumed of a model") {
  own_doubles own;
  policy_text policy;
  policy.providers = own.provider("lab", own.lab, "{plain: {can: {tools: false}}, able: {}}");
  policy.models = "  both: [lab/plain, lab/able]\n  one: [lab/plain]\n";
  gateway_under_test gw(policy);
  CHECK(gw.ask(chat("both")).field("x-nearfar-target") == "lab/plain");
  CHECK(gw.ask(with_tools("both", "s")).field("x-nearfar-target") == "lab/able");
  const auto refused = gw.ask(with_tools("one", "s"));
  CHECK(refused.status == 400);
  CHECK(refused.body.find("takes no tools") != std::string::npos);
}

TEST_CASE("a conversation with tools stays where it was answered, though a better target is back") {
  policy_text policy;
  policy.more = "stick: {by: conversation, for: 10m}\n";
  gateway_under_test gw(policy);
  behaviour down;
  down.status = 500;
  gw.device.push(down);
  CHECK(gw.ask(with_tools("auto", "one")).field("x-nearfar-target") == "homelab/medium");
  CHECK(gw.ask(with_tools("auto", "one")).field("x-nearfar-target") == "homelab/medium");
  CHECK(gw.ask(with_tools("auto", "two")).field("x-nearfar-target") == "phone/small");
  CHECK(gw.ask(chat("auto")).field("x-nearfar-target") == "phone/small");
  // The header names the same conversation.
  const auto by_header = gw.ask(
      R"({"model":"auto","tools":[{"type":"function","function":{"name":"f"}}],"messages":[{"role":"user","content":"x"}]})",
      {{"x-session-id", "one"}});
  CHECK(by_header.field("x-nearfar-target") == "homelab/medium");
}

TEST_CASE("away from its home a conversation stays with its guest, though a better target is back") {
  policy_text policy;
  policy.more = "stick: {by: conversation, for: 10m}\n";
  gateway_under_test gw(policy);
  CHECK(gw.ask(with_tools("auto", "one")).field("x-nearfar-target") == "phone/small");
  gw.device.kill();
  behaviour down;
  down.status = 500;
  gw.self_hosted.push(down);
  CHECK(gw.ask(with_tools("auto", "one")).field("x-nearfar-target") == "vendor/large");
  const auto before = gw.self_hosted.counters().requests;
  CHECK(gw.ask(with_tools("auto", "one")).field("x-nearfar-target") == "vendor/large");
  CHECK(gw.self_hosted.counters().requests == before);
  // Another conversation is none of it.
  CHECK(gw.ask(with_tools("auto", "two")).field("x-nearfar-target") == "homelab/medium");
}

TEST_CASE("a guard ends stickiness, and no byte follows the conversation out", "[P3]") {
  policy_text policy;
  policy.more = "stick: {by: conversation, for: 10m}\n";
  policy.models = "  auto: [vendor/large, phone/small]\n";
  gateway_under_test gw(policy);
  behaviour down;
  down.status = 500;
  gw.device.push(down);
  CHECK(gw.ask(with_tools("auto", "one")).field("x-nearfar-target") == "vendor/large");
  const auto before = gw.remote.counters().requests;
  const auto a = gw.ask(with_tools("auto", "one"), {{"x-nearfar-privacy", "private"}});
  CHECK(a.field("x-nearfar-target") == "phone/small");
  CHECK(gw.remote.counters().requests == before);
}

TEST_CASE("a query waits in line for a busy provider and gets the place that falls free") {
  own_doubles own;
  policy_text policy;
  policy.threads = 2;
  policy.providers =
      own.provider("lab", own.lab, "{m: {}}", "    concurrent: 1\n    queue: {max: 2, wait: 20s}\n");
  policy.models = "  lab: [lab/m]\n";
  policy.answer = "{device: 20s, self_hosted: 20s, remote: 20s}";
  gateway_under_test gw(policy);
  behaviour slow;
  slow.head_delay = millis{400};
  own.lab.set_default(slow);
  const auto one = [&] { return gw.ask(chat("lab/m")); };
  auto first = std::async(std::launch::async, one);
  REQUIRE(own.lab.wait([](const auto& seen) { return seen.requests == 1; }));
  auto second = std::async(std::launch::async, one);
  REQUIRE(gw.metric_reaches("nearfar_queued_total", 1));
  auto third = std::async(std::launch::async, one);
  REQUIRE(gw.metric_reaches("nearfar_queued_total", 2));
  // The line holds two: the next is told to come back.
  const auto fourth = one();
  CHECK(fourth.status == 503);
  CHECK_FALSE(fourth.field("retry-after").empty());
  CHECK(first.get().status == 200);
  CHECK(second.get().status == 200);
  CHECK(third.get().status == 200);
  CHECK(own.lab.counters().requests == 3);
}

TEST_CASE("who waits in line in vain is told so, and who goes away frees the line") {
  own_doubles own;
  policy_text policy;
  policy.providers =
      own.provider("lab", own.lab, "{m: {}}", "    concurrent: 1\n    queue: {max: 1, wait: 300ms}\n");
  policy.answer = "{device: 20s, self_hosted: 20s, remote: 20s}";
  gateway_under_test gw(policy);
  behaviour slow;
  slow.head_delay = millis{1'500};
  own.lab.set_default(slow);
  auto first = std::async(std::launch::async, [&] { return gw.ask(chat("lab/m")); });
  REQUIRE(own.lab.wait([](const auto& seen) { return seen.requests == 1; }));
  {
    auto leaving = gw.client();
    leaving.send(support::post("/v1/chat/completions", chat("lab/m"), {}));
    REQUIRE(gw.metric_reaches("nearfar_queued_total", 1));
  }
  const auto in_vain = gw.ask(chat("lab/m"));
  CHECK(in_vain.status == 503);
  CHECK(first.get().status == 200);
  CHECK(own.lab.counters().requests == 1);
}

TEST_CASE("with another target left nobody waits in line", "[P1]") {
  own_doubles own;
  policy_text policy;
  policy.providers =
      own.provider("lab", own.lab, "{m: {}}", "    concurrent: 1\n    queue: {max: 2, wait: 20s}\n") +
      own.provider("attic", own.attic, "{m: {}}");
  policy.models = "  both: [lab/m, attic/m]\n";
  policy.answer = "{device: 20s, self_hosted: 20s, remote: 20s}";
  gateway_under_test gw(policy);
  behaviour slow;
  slow.head_delay = millis{1'000};
  own.lab.set_default(slow);
  auto first = std::async(std::launch::async, [&] { return gw.ask(chat("both")); });
  REQUIRE(own.lab.wait([](const auto& seen) { return seen.requests == 1; }));
  CHECK(gw.ask(chat("both")).field("x-nearfar-target") == "attic/m");
  CHECK(first.get().field("x-nearfar-target") == "lab/m");
}

}  // namespace nearfar::tests
