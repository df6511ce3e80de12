// Limits of every kind: whom they count, whom they take away, and what is left then.
#include "tests/integration/bill_check.hpp"
#include "tests/integration/dialect_client.hpp"

#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>

namespace nearfar::tests {
namespace {

using config::dialect;

// 20 tokens of answer at 1 USD per million.
constexpr std::string_view one_dollar = "{input: 0 USD/M, output: 1 USD/M}";
constexpr gateway::nano_usd of_one_answer = 20'000;

// A remote that costs, a device that does not. `limits`: block style, indented by two.
policy_text limited(std::string_view limits) {
  policy_text out;
  out.remote_price = one_dollar;
  out.models =
      "  auto: [vendor/large, phone/small]\n"
      "  far: [vendor/large]\n"
      "  near: [phone/small]\n"
      "  home: [homelab/medium]\n";
  out.rule = "order: listed";
  out.attempts = "first_token: 60s, stall: 60s";
  out.answer = "{device: 60s, self_hosted: 60s, remote: 60s}";
  if (!limits.empty()) out.more = "limits:\n" + std::string(limits);
  return out;
}

int status_of(const gateway_under_test& gw, std::string model, const header_list& fields = {}) {
  return ask(gw, {.model = std::move(model)}, fields).status;
}

header_list with_key(const gateway_under_test& gw, const std::string& name) {
  return {{"x-nearfar-key", gw.key(name)}};
}

gateway::key_wishes wish(std::string name, std::string team = {}) {
  gateway::key_wishes out;
  out.name = std::move(name);
  out.team = std::move(team);
  return out;
}

std::string_view target_of(const http_answer& a) {
  return a.field("x-nearfar-target");
}

TEST_CASE("so many requests in an hour, and then a 429 that says when", "[P4]") {
  gateway_under_test gw(limited("  - {name: bursts, of: requests, max: 3, per: hour}\n"));
  for (int i = 0; i < 3; ++i) CHECK(status_of(gw, "far") == 200);
  const auto refused = ask(gw, {.model = "far"});
  CHECK(refused.status == 429);
  CHECK(refused.body.find("`bursts`") != std::string::npos);
  CHECK(refused.body.find("3 requests") != std::string::npos);
  const auto wait = std::stoi("0" + std::string(refused.field("retry-after")));
  CHECK(wait >= 1);
  CHECK(wait <= 3'600);
  CHECK(gw.remote.counters().requests == 3);
}

TEST_CASE("so many tokens in a month, of prompt and answer", "[P4]") {
  behaviour b;
  b.usage = support::scripted_usage{.prompt_tokens = 480, .completion_tokens = 20};
  gateway_under_test gw(limited("  - {name: words, of: tokens, max: 1030, per: month}\n"));
  gw.remote.set_default(b);
  // Twice 500 were used. A third may take 20, and what its prompt is thought to be.
  CHECK(status_of(gw, "far") == 200);
  CHECK(status_of(gw, "far") == 200);
  REQUIRE(account_of(gw, "words/month:tokens", 1'000).used == 1'000);
  CHECK(ask(gw, {.model = "far", .max_tokens = 31}).status == 429);
  CHECK(ask(gw, {.model = "far", .max_tokens = 5}).status == 200);
}

TEST_CASE("so many at once: the place comes free with the answer's end", "[P4]") {
  behaviour gated;
  gated.gated = true;
  gated.free_tokens = 1;
  gateway_under_test gw(limited("  - {name: at-once, of: concurrent, max: 2}\n"));
  gw.remote.set_default(gated);
  const auto begin = [&] {
    auto client = gw.client();
    client.set_deadline(millis{60'000});
    client.send(request_of({.model = "far", .how = asking::streamed}));
    CHECK(client.read_head().status == 200);
    return client;
  };
  auto first = begin();
  auto second = begin();
  const auto refused = ask(gw, {.model = "far"});
  CHECK(refused.status == 429);
  CHECK(refused.has("retry-after"));
  SECTION("an answer that has ended") {
    gw.remote.release(1'000);
    http_answer rest;
    first.read_body(rest);
  }
  SECTION("a client that has left") {
    second.close();
  }
  gw.remote.set_default({});
  CHECK(eventually([&] { return status_of(gw, "far") == 200; }));
  gw.remote.release(1'000);
}

TEST_CASE("each key, team, tag and model has an account of its own", "[P4]") {
  SECTION("key") {
    auto policy = limited("  - {name: mine, of: requests, max: 1, per: month, by: key}\n");
    policy.keys = {wish("anna"), wish("bert")};
    gateway_under_test gw(policy);
    CHECK(status_of(gw, "far", with_key(gw, "anna")) == 200);
    CHECK(status_of(gw, "far", with_key(gw, "anna")) == 429);
    CHECK(status_of(gw, "near", with_key(gw, "anna")) == 429);
    CHECK(status_of(gw, "far", with_key(gw, "bert")) == 200);
    CHECK(account_of(gw, "mine/month:requests key=anna", 1).used == 1);
  }
  SECTION("team") {
    auto policy = limited("  - {name: ours, of: requests, max: 1, per: month, by: team}\n");
    policy.keys = {wish("anna", "red"), wish("bert", "red"), wish("carl", "blue")};
    gateway_under_test gw(policy);
    CHECK(status_of(gw, "far", with_key(gw, "anna")) == 200);
    CHECK(status_of(gw, "far", with_key(gw, "bert")) == 429);
    CHECK(status_of(gw, "far", with_key(gw, "carl")) == 200);
  }
  SECTION("tag") {
    auto policy = limited("  - {name: tagged, of: requests, max: 1, per: month, by: tag}\n");
    policy.tags = "voice, batch";
    gateway_under_test gw(policy);
    CHECK(status_of(gw, "far", {{"x-nearfar-tag", "voice"}}) == 200);
    CHECK(status_of(gw, "far", {{"x-nearfar-tag", "voice"}}) == 429);
    CHECK(status_of(gw, "far", {{"x-nearfar-tag", "batch"}}) == 200);
    CHECK(status_of(gw, "far") == 200);
    CHECK(status_of(gw, "far") == 429);
  }
  SECTION("model, as the client says it") {
    gateway_under_test gw(limited("  - {name: named, of: requests, max: 1, per: month, by: model}\n"));
    CHECK(status_of(gw, "far") == 200);
    CHECK(status_of(gw, "far") == 429);
    CHECK(status_of(gw, "auto") == 200);
  }
  SECTION("tier: the other tier is still there") {
    gateway_under_test gw(limited("  - {name: places, of: requests, max: 1, per: month, by: tier}\n"));
    CHECK(target_of(ask(gw, {})) == "vendor/large");
    CHECK(target_of(ask(gw, {})) == "phone/small");
    CHECK(status_of(gw, "auto") == 429);
    CHECK(status_of(gw, "home") == 200);
  }
}

TEST_CASE("a limit counts where its condition holds", "[P4]") {
  auto policy = limited("  - {name: voice-only, of: requests, max: 1, per: month, when: {tag: voice}}\n");
  gateway_under_test gw(policy);
  CHECK(status_of(gw, "far") == 200);
  CHECK(status_of(gw, "far", {{"x-nearfar-tag", "voice"}}) == 200);
  CHECK(status_of(gw, "far", {{"x-nearfar-tag", "voice"}}) == 429);
  CHECK(status_of(gw, "far") == 200);
}

TEST_CASE("where the money is spent, what costs nothing still answers", "[P4]") {
  gateway_under_test gw(limited("  - {name: spend, of: cost, max: 0.00003 USD, per: month}\n"));
  CHECK(target_of(ask(gw, {})) == "vendor/large");
  const auto second = ask(gw, {});
  CHECK(second.status == 200);
  CHECK(target_of(second) == "phone/small");
  const auto refused = ask(gw, {.model = "far"});
  CHECK(refused.status == 402);
  CHECK(refused.field("x-should-retry") == "false");
  CHECK(!refused.has("retry-after"));
}

TEST_CASE("`then` says who is left out when the money is spent", "[P4]") {
  auto policy = limited("");
  policy.self_hosted_price = one_dollar;
  policy.models += "  any: [vendor/large, homelab/medium, phone/small]\n";
  SECTION("deny") {
    policy.more =
        "limits:\n  - {name: spend, of: cost, max: 0.00003 USD, per: month, then: {deny: {tier: remote}}}\n";
    gateway_under_test gw(policy);
    CHECK(target_of(ask(gw, {.model = "any"})) == "vendor/large");
    // Who is not denied goes on over the limit, and is counted.
    CHECK(target_of(ask(gw, {.model = "any"})) == "homelab/medium");
    CHECK(target_of(ask(gw, {.model = "any"})) == "homelab/medium");
    CHECK(status_of(gw, "far") == 402);
    CHECK(account_of(gw, "spend/month", 3 * of_one_answer).used == 3 * of_one_answer);
  }
  SECTION("only") {
    policy.more =
        "limits:\n  - {name: spend, of: cost, max: 0.00003 USD, per: month, then: {only: {price: \"<= 0 "
        "USD/M\"}}}\n";
    gateway_under_test gw(policy);
    CHECK(target_of(ask(gw, {.model = "any"})) == "vendor/large");
    CHECK(target_of(ask(gw, {.model = "any"})) == "phone/small");
    CHECK(status_of(gw, "far") == 402);
  }
}

TEST_CASE("a budget that is reached in the middle of a plan leaves out the dear target", "[P4]") {
  auto policy = limited("  - {name: spend, of: cost, max: 0.00006 USD, per: month}\n");
  policy.self_hosted_price = "{input: 0 USD/M, output: 2 USD/M}";
  policy.continuation = "{kind: restart}";
  // Bills what was sent when it breaks off (its preset's `cancel`).
  policy.providers =
      "  lab:\n    tier: self_hosted\n    preset: vllm\n    url: {remote}\n    continuation: {kind: "
      "restart}\n"
      "    models: {large: {context: 64k, price: " +
      std::string(one_dollar) + "}}\n";
  policy.models += "  any: [lab/large, homelab/medium, phone/small]\n";
  gateway_under_test gw(policy);
  behaviour b;
  b.token_bytes = 4;
  gw.device.set_default(b);
  b.break_with = break_kind::cut;
  b.after = 12;
  gw.remote.set_default(b);
  // 40 tokens fit at the first. 12 of them are spent, and at the second 28 cost 0.000056: more than is left.
  const auto a = ask(gw, {.model = "any", .max_tokens = 40, .how = asking::streamed});
  CHECK(a.status == 200);
  CHECK(a.complete);
  CHECK(answer_text(a).size() == 80);
  REQUIRE(settled(gw));
  CHECK(gw.remote.counters().requests == 1);
  CHECK(gw.self_hosted.counters().requests == 0);
  CHECK(gw.device.counters().requests == 1);
  CHECK(ledger_sums(ledger_rows(gw)).cost == 12'000);
  CHECK(account_of(gw, "spend/month", 12'000).used == 12'000);
}

TEST_CASE("what was held and not used is there again", "[P4]") {
  gateway_under_test gw(limited("  - {name: spend, of: cost, max: 0.00005 USD, per: month}\n"));
  // Each may take 0.00003 and takes 0.00002: the third has no room, though 0.00001 are left.
  CHECK(ask(gw, {.model = "far", .max_tokens = 30}).status == 200);
  REQUIRE(account_of(gw, "spend/month", of_one_answer).used == of_one_answer);
  CHECK(ask(gw, {.model = "far", .max_tokens = 30}).status == 200);
  REQUIRE(account_of(gw, "spend/month", 2 * of_one_answer).used == 2 * of_one_answer);
  CHECK(ask(gw, {.model = "far", .max_tokens = 11}).status == 402);
  CHECK(ask(gw, {.model = "far", .max_tokens = 10}).status == 200);
}

TEST_CASE("a client says what its query may cost", "[P4]") {
  gateway_under_test gw(limited(""));
  const auto at_most = [](std::string_view usd) {
    return header_list{{"x-nearfar-max-cost-usd", std::string(usd)}};
  };
  CHECK(status_of(gw, "far", at_most("0.00002")) == 200);
  const auto refused = ask(gw, {.model = "far"}, at_most("0.000019"));
  CHECK(refused.status == 402);
  CHECK(refused.body.find("x-nearfar-max-cost-usd") != std::string::npos);
  CHECK(target_of(ask(gw, {}, at_most("0.000019"))) == "phone/small");
  CHECK(target_of(ask(gw, {}, at_most("0"))) == "phone/small");
  CHECK(status_of(gw, "far", at_most("a lot")) == 400);
  CHECK(status_of(gw, "far", at_most("-1")) == 400);
  CHECK(gw.remote.counters().requests == 1);
}

TEST_CASE("a key has a budget and a rate of its own", "[P4]") {
  auto policy = limited("");
  auto poor = wish("poor");
  poor.budget = "0.00002 USD/month";
  auto slow = wish("slow");
  slow.rate = "2/month";
  policy.keys = {poor, slow, wish("free")};
  gateway_under_test gw(policy);
  CHECK(status_of(gw, "far", with_key(gw, "poor")) == 200);
  const auto spent = ask(gw, {.model = "far"}, with_key(gw, "poor"));
  CHECK(spent.status == 402);
  CHECK(spent.body.find("budget") != std::string::npos);
  CHECK(status_of(gw, "near", with_key(gw, "poor")) == 200);
  CHECK(status_of(gw, "near", with_key(gw, "slow")) == 200);
  CHECK(status_of(gw, "near", with_key(gw, "slow")) == 200);
  CHECK(status_of(gw, "near", with_key(gw, "slow")) == 429);
  CHECK(status_of(gw, "far", with_key(gw, "free")) == 200);
}

TEST_CASE("a target whose price nobody knows fails every limit of money", "[P4]") {
  auto policy = limited("  - {name: spend, of: cost, max: 5 USD, per: month}\n");
  policy.providers =
      "  lab:\n    tier: remote\n    preset: openai-compatible\n    url: {self_hosted}\n"
      "    models: {unheard-of: {context: 64k}}\n";
  policy.models += "  unpriced: [lab/unheard-of]\n";
  gateway_under_test gw(policy);
  const auto refused = ask(gw, {.model = "unpriced"});
  CHECK(refused.status == 402);
  INFO(refused.body);
  CHECK(refused.body.find("price_unknown") != std::string::npos);
  CHECK(refused.body.find("limit `spend`: 5 USD per month; what lab/unheard-of costs is not known") !=
        std::string::npos);
  CHECK(refused.body.find("held against it. There is a budget") != std::string::npos);
  CHECK(gw.self_hosted.counters().requests == 0);
}

TEST_CASE("a limit that is raised lets the next query through, and what was spent stays spent", "[P4]") {
  auto policy = limited("  - {name: spend, of: cost, max: 0.00002 USD, per: month}\n");
  policy.from_file = true;
  gateway_under_test gw(policy);
  CHECK(status_of(gw, "far") == 200);
  CHECK(status_of(gw, "far") == 402);
  auto text = gw.text_with(policy.models);
  const std::string_view before = "max: 0.00002 USD";
  REQUIRE(text.find(before) != std::string::npos);
  text.replace(text.find(before), before.size(), "max: 0.00004 USD");
  std::ofstream(gw.path() + ".new") << text;
  std::filesystem::rename(gw.path() + ".new", gw.path());
  CHECK(eventually([&] { return status_of(gw, "far") == 200; }));
  CHECK(status_of(gw, "far") == 402);
  CHECK(gw.remote.counters().requests == 2);
}

TEST_CASE("what was spent is still spent after a restart", "[P4]") {
  gateway_under_test gw(
      limited("  - {name: spend, of: cost, max: 0.00004 USD, per: month}\n"
              "  - {name: bursts, of: requests, max: 3, per: month}\n"));
  CHECK(status_of(gw, "far") == 200);
  gw.restart();
  CHECK(status_of(gw, "far") == 200);
  gw.restart();
  CHECK(status_of(gw, "far") == 402);
  CHECK(status_of(gw, "near") == 200);
  gw.restart();
  CHECK(status_of(gw, "near") == 429);
}

}  // namespace
}  // namespace nearfar::tests
