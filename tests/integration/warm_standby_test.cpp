// On a degraded link a model on the device reads ahead what a remote one says.
#include "tests/integration/gateway_under_test.hpp"
#include "tests/integration/real_device.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

namespace nearfar::tests {
namespace {

namespace json = boost::json;

constexpr std::string_view path = "/v1/chat/completions";
constexpr std::string_view question = "Tell me about the tower in front of me, please.";

// Says a sentence and a half, and breaks off when the connection does.
behaviour talking() {
  behaviour b;
  b.tokens = 0;
  b.script = {"The tower is old. ", "It ", "is ", "also "};  // the first look sees a whole sentence
  b.break_with = break_kind::stall;
  b.after = 4;
  return b;
}

struct standby_gateway {
  explicit standby_gateway(policy_text policy) : gw(std::move(policy)) { gw.remote.set_default(talking()); }

  void network(std::string_view state) {
    REQUIRE(gw.admin("PUT", "/admin/facts", fmt::format(R"({{"network":"{}"}})", state)).status == 200);
  }

  gateway_under_test gw;
};

policy_text voice_policy(std::string providers) {
  policy_text out;
  out.attempts = "first_token: 60s, stall: 60s, load: 60s";
  out.rule = "prefer: [remote, device, self_hosted]";
  out.providers = std::move(providers);
  return out;
}

std::string pocket_provider(const upstream_double& pocket) {
  return fmt::format(
      "  pocket:\n    tier: device\n    preset: llama-server\n    url: {}\n    concurrent: 1\n"
      "    models: {{tiny: {{context: 64k}}}}\n",
      pocket.url());
}

policy_text with_pocket(const upstream_double& pocket) {
  auto out = voice_policy(pocket_provider(pocket));
  out.models += "  voice: [vendor/large, pocket/tiny]\n";
  return out;
}

// Reads the four tokens, so the relay has seen them.
raw_client begin(const gateway_under_test& gw) {
  auto client = gw.client();
  client.set_deadline(millis{60'000});
  client.send(support::post(path, chat_stream("voice", question)));
  REQUIRE(client.read_head().status == 200);
  for (int i = 0; i < 5; ++i) REQUIRE(client.read_event());
  return client;
}

TEST_CASE("on a degraded link the device reads prompt and answer while the remote speaks", "[P1]") {
  upstream_double pocket{{.name = "pocket"}};
  standby_gateway at(with_pocket(pocket));
  at.network("degraded");
  auto client = begin(at.gw);
  REQUIRE(at.gw.metric_reaches("nearfar_standby_prefills_total", 1));
  // The gateway knows of it, not the server alone.
  REQUIRE(at.gw.metric_reaches("nearfar_standby_tokens_total", 1));
  const auto first = json::parse(pocket.requests().front().body);
  CHECK(first.at("n_predict").as_int64() == 0);
  CHECK_FALSE(first.at("stream").as_bool());
  const auto messages = first.at("messages").as_array();
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].at("content").as_string() == question);
  // Up to the end of the sentence, as a continuation will send it.
  CHECK(messages[1].at("role").as_string() == "assistant");
  CHECK(messages[1].at("content").as_string() == "The tower is old.");
  CHECK(first.at("continue_final_message").as_bool());
  // The link goes: the device takes over, and its only place is free for it.
  pocket.set_default({});
  at.gw.remote.kill();
  std::string rest;
  while (const auto event = client.read_event()) rest += event->data + "\n";
  CHECK(client.body_complete());
  CHECK(rest.ends_with("[DONE]\n"));
  CHECK(at.gw.metric_reaches("nearfar_continued_answers_total", 1));
  CHECK(at.gw.metric_reaches("nearfar_standby_used_total", 1));
}

TEST_CASE("a reading that is not done when the stream breaks makes room for the answer", "[P1]") {
  upstream_double pocket{{.name = "pocket"}};
  behaviour stuck;
  stuck.head_delay = millis{60'000};
  pocket.push(stuck);
  standby_gateway at(with_pocket(pocket));
  at.network("degraded");
  auto client = begin(at.gw);
  REQUIRE(pocket.wait([](const auto& c) { return c.requests == 1; }));
  at.gw.remote.kill();
  while (client.read_event()) {
  }
  CHECK(client.body_complete());
  CHECK(pocket.wait([](const auto& c) { return c.cancelled == 1; }));
  // It had read nothing.
  CHECK(at.gw.metric("nearfar_standby_used_total") == 0);
}

TEST_CASE("nothing reads ahead where nothing calls for it", "[P8]") {
  upstream_double pocket{{.name = "pocket"}};
  auto policy = with_pocket(pocket);
  std::string fact;
  SECTION("the link is good") {
    fact = R"({"network":"online"})";
  }
  SECTION("the battery is low") {
    fact = R"({"network":"degraded","battery":15,"charging":false})";
  }
  SECTION("the policy never hands over") {
    fact = R"({"network":"degraded"})";
    policy.attempts += ", continue: never";
  }
  standby_gateway at(policy);
  REQUIRE(at.gw.admin("PUT", "/admin/facts", fact).status == 200);
  auto client = begin(at.gw);
  client.close();
  REQUIRE(at.gw.metric_reaches("nearfar_answers_total{class=\"gone\"}", 1));
  CHECK(at.gw.metric("nearfar_standby_prefills_total") == 0);
  CHECK(pocket.counters().connections == 0);
}

TEST_CASE("a low battery on the charger is no reason to save") {
  upstream_double pocket{{.name = "pocket"}};
  standby_gateway at(with_pocket(pocket));
  REQUIRE(
      at.gw.admin("PUT", "/admin/facts", R"({"network":"degraded","battery":15,"charging":true})").status ==
      200);
  auto client = begin(at.gw);
  CHECK(pocket.wait([](const auto& c) { return c.requests == 1; }));
}

TEST_CASE("a guard that comes to bear while the answer is on its way forbids to read ahead", "[P3]") {
  upstream_double pocket{{.name = "pocket"}};
  auto policy = with_pocket(pocket);
  policy.guards = "  - name: cold-while-worn\n    when: {worn: true}\n    deny: {tier: device}\n";
  standby_gateway at(policy);
  behaviour slow;
  slow.tokens = 10'000;
  slow.token_delay = millis{20};
  at.gw.remote.set_default(slow);
  REQUIRE(at.gw.admin("PUT", "/admin/facts", R"({"worn":false})").status == 200);
  auto client = begin(at.gw);
  REQUIRE(at.gw.admin("PUT", "/admin/facts", R"({"worn":true,"network":"degraded"})").status == 200);
  // Looks come twice a second.
  const auto until = std::chrono::steady_clock::now() + millis{1'500};
  while (std::chrono::steady_clock::now() < until) REQUIRE(client.read_event());
  CHECK(pocket.counters().requests == 0);
  REQUIRE(at.gw.admin("PUT", "/admin/facts", R"({"worn":false})").status == 200);
  CHECK(pocket.wait([](const auto& c) { return c.requests == 1; }));
}

TEST_CASE("a device that is slow to read delays no event and is left at the end") {
  upstream_double pocket{{.name = "pocket"}};
  behaviour stuck;
  stuck.head_delay = millis{60'000};
  pocket.set_default(stuck);
  standby_gateway at(with_pocket(pocket));
  at.network("degraded");
  behaviour whole;
  whole.tokens = 200;
  whole.token_delay = millis{2};
  at.gw.remote.set_default(whole);
  auto client = at.gw.client();
  client.set_deadline(millis{60'000});
  client.send(support::post(path, chat_stream("voice", question)));
  const auto a = client.read_answer();
  CHECK(a.complete);
  CHECK(answer_text(a) == default_text("remote", 200));
  CHECK(pocket.wait([](const auto& c) { return c.cancelled == 1; }));
  CHECK(pocket.counters().requests == 1);
  // Its place is free again.
  pocket.set_default({});
  CHECK(at.gw.ask(chat("pocket/tiny")).status == 200);
}

TEST_CASE("a real model that stood by takes over from its cache", "[llama][P1]") {
  const auto server = llama_server_or_skip();
  auto policy = voice_policy(real_device(server));
  policy.models += "  voice: [vendor/large, phone-ai/tiny]\n";
  standby_gateway at(policy);
  at.network("degraded");
  auto client = at.gw.client();
  client.set_deadline(millis{60'000});
  client.send(support::post(
      path, fmt::format(R"({{"model":"voice","stream":true,"stream_options":{{"include_usage":true}},)"
                        R"("max_tokens":24,"messages":[{{"role":"user","content":"{}"}}]}})",
                        question)));
  REQUIRE(client.read_head().status == 200);
  for (int i = 0; i < 5; ++i) REQUIRE(client.read_event());
  // Loaded, and the prompt is read.
  REQUIRE(eventually([&] { return at.gw.metric("nearfar_standby_tokens_total") > 0; }));
  const auto prompt = at.gw.metric("nearfar_standby_tokens_total");
  at.gw.remote.kill();
  std::int64_t cached = -1;
  std::string last;
  while (const auto event = client.read_event()) {
    last = event->data;
    boost::system::error_code ec;
    const auto chunk = json::parse(event->data, ec);
    if (ec) continue;
    if (const auto* told = chunk.find_pointer("/usage/prompt_tokens_details/cached_tokens", ec))
      cached = told->to_number<std::int64_t>();
  }
  CHECK(client.body_complete());
  CHECK(last == "[DONE]");
  INFO("read ahead " << prompt << " tokens, of them in the cache at the hand-over " << cached);
  // All of what was read but its last token, which is always read again.
  CHECK(cached >= static_cast<std::int64_t>(prompt) - 1);
  CHECK(at.gw.metric_reaches("nearfar_standby_used_total", 1));
}

}  // namespace
}  // namespace nearfar::tests
