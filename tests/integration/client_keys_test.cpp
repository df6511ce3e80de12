// `key: client`: what the caller brings goes to that provider, in the header that it wants, and to nobody
// else.
#include "tests/integration/gateway_under_test.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

namespace nearfar::tests {
namespace {

constexpr std::string_view own = "sk-of-the-caller-4711";

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Providers that take the caller's own key, each in a header of its own. Outlives the gateway.
struct others {
  policy_text policy(std::string_view stands_for = "theirs/big, vendor/large") const {
    policy_text out;
    out.models = fmt::format("  auto: [{}]\n  claude: [talker/chat]\n", stands_for);
    out.rule = "order: listed";
    out.providers = fmt::format(
        "  theirs: {{tier: remote, preset: openai-compatible, url: \"{}\", key: client, models: {{big: "
        "{{context: "
        "64k, price: free, can: {{tools: true, json: true}}}}}}}}\n"
        "  talker: {{tier: remote, preset: anthropic-compatible, url: \"{}\", key: client, models: {{chat: "
        "{{context: 64k, price: free}}}}}}\n",
        theirs.url(), talker.url());
    return out;
  }

  upstream_double theirs{{.name = "theirs"}};
  upstream_double talker{{.name = "talker"}};
};

header_list mine() {
  return {{"authorization", fmt::format("Bearer {}", own)}};
}

// Whether any byte of what reached it was the caller's credential.
bool saw_it(const upstream_double& who) {
  for (const auto& request : who.requests()) {
    if (contains(request.head.target, own) || contains(request.body, own)) return true;
    for (const auto& [name, value] : request.head.fields) {
      if (contains(value, own)) return true;
    }
  }
  return false;
}

http_answer asked(const gateway_under_test& gw, std::string_view request) {
  auto client = gw.client();
  client.set_deadline(millis{30'000});
  client.send(request);
  return client.read_answer();
}

std::string key_of(const gateway_under_test& gw, std::string_view name) {
  const auto a = gw.admin("POST", "/admin/keys", fmt::format(R"({{"name":"{}"}})", name));
  REQUIRE(a.status == 201);
  return std::string(boost::json::parse(a.body).at("key").as_string());
}

TEST_CASE("the caller's own key goes to its provider, in the header that the provider wants", "[P3]") {
  others with;
  gateway_under_test gw(with.policy());
  SECTION("from Authorization") {
    CHECK(gw.ask(chat("auto"), mine()).field("x-nearfar-target") == "theirs/big");
  }
  SECTION("from the headers of other SDKs, and from the query") {
    CHECK(gw.ask(chat("auto"), {{"x-api-key", std::string(own)}}).field("x-nearfar-target") == "theirs/big");
    CHECK(gw.ask(chat("auto"), {{"x-goog-api-key", std::string(own)}}).status == 200);
    const auto target = fmt::format("/v1/chat/completions?key={}", "sk%2Dof-the-caller-4711");
    CHECK(asked(gw, support::post(target, chat("auto"))).field("x-nearfar-target") == "theirs/big");
  }
  for (const auto& request : with.theirs.requests()) {
    CHECK(request.head.field("authorization") == fmt::format("Bearer {}", own));
    CHECK(!request.head.has("x-api-key"));
    CHECK(!request.head.has("x-goog-api-key"));
    CHECK(!contains(request.head.target, own));
  }
  CHECK(gw.ask(chat("claude"), mine()).status == 200);
  REQUIRE(with.talker.requests().size() == 1);
  CHECK(with.talker.requests().front().head.field("x-api-key") == own);
  CHECK(!with.talker.requests().front().head.has("authorization"));
  CHECK(!saw_it(gw.remote));
}

TEST_CASE("nobody else sees it, whoever has to take over", "[P3]") {
  others with;
  auto policy = with.policy();
  SECTION("after a failure") {
    gateway_under_test gw(policy);
    behaviour down;
    down.status = 500;
    with.theirs.set_default(down);
    CHECK(gw.ask(chat("auto"), mine()).field("x-nearfar-target") == "vendor/large");
    CHECK(saw_it(with.theirs));
    CHECK(!saw_it(gw.remote));
    CHECK(gw.remote.requests().back().head.field("authorization") == fmt::format("Bearer {}", vendor_key));
  }
  SECTION("in the middle of an answer") {
    policy.continuation = "{kind: native, message: {prefix: true}}";
    gateway_under_test gw(policy);
    behaviour breaks;
    breaks.break_with = break_kind::cut;
    breaks.after = 3;
    with.theirs.push(breaks);
    CHECK(gw.ask(chat_stream("auto"), mine()).complete);
    CHECK(gw.metric("nearfar_hand_overs_total") == 1);
    CHECK(gw.remote.counters().requests == 1);
    CHECK(!saw_it(gw.remote));
  }
  SECTION("in the middle of another's answer") {
    gateway_under_test gw(with.policy("vendor/large, theirs/big"));
    behaviour breaks;
    breaks.break_with = break_kind::cut;
    breaks.after = 3;
    gw.remote.push(breaks);
    (void)gw.ask(chat_stream("auto"), mine());
    CHECK(!saw_it(gw.remote));
    for (const auto& request : with.theirs.requests())
      CHECK(request.head.field("authorization") == fmt::format("Bearer {}", own));
  }
  SECTION("in a race") {
    policy = with.policy("theirs/big, phone/small");
    policy.attempts = "first_token: 20s, stall: 20s, race: {after: 50ms, with: device}";
    policy.answer = "{device: 20s, self_hosted: 20s, remote: 20s}";
    gateway_under_test gw(policy);
    behaviour silent;
    silent.head_delay = millis{60'000};
    with.theirs.set_default(silent);
    CHECK(gw.ask(chat_stream("auto"), mine()).field("x-nearfar-target") == "phone/small");
    CHECK(gw.device.counters().requests == 1);
    CHECK(!saw_it(gw.device));
  }
}

TEST_CASE("without one its provider is left out, and named where nothing is left") {
  others with;
  gateway_under_test gw(with.policy());
  CHECK(gw.ask(chat("auto")).field("x-nearfar-target") == "vendor/large");
  const auto a = gw.ask(chat("theirs/big"));
  CHECK(a.status == 403);
  CHECK(contains(a.body, "takes the caller's own key"));
  CHECK(with.theirs.counters().requests == 0);
}

TEST_CASE("a key of the gateway is never the caller's own, and travels beside it") {
  others with;
  gateway_under_test gw(with.policy());
  const auto key = key_of(gw, "anna");
  CHECK(gw.ask(chat("auto"), {{"authorization", "Bearer " + key}}).field("x-nearfar-target") ==
        "vendor/large");
  CHECK(with.theirs.counters().requests == 0);
  auto both = mine();
  both.emplace_back("x-nearfar-key", key);
  CHECK(gw.ask(chat("auto"), both).field("x-nearfar-target") == "theirs/big");
  CHECK(with.theirs.requests().front().head.field("authorization") == fmt::format("Bearer {}", own));
  CHECK(!with.theirs.requests().front().head.has("x-nearfar-key"));
  CHECK(gw.ask(chat("auto"), {{"x-api-key", std::string(own)}, {"authorization", "Bearer " + key}})
            .field("x-nearfar-target") == "theirs/big");
}

TEST_CASE("a bad key of one caller parks the provider for nobody else") {
  others with;
  gateway_under_test gw(with.policy());
  behaviour no;
  no.status = 401;
  no.raw_body = std::make_shared<const std::string>(
      R"({"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}})");
  SECTION("other targets are asked") {
    with.theirs.push(no);
    CHECK(gw.ask(chat("auto"), mine()).field("x-nearfar-target") == "vendor/large");
    CHECK(gw.ask(chat("auto"), mine()).field("x-nearfar-target") == "theirs/big");
  }
  SECTION("and where there is none, the caller has the provider's own word") {
    for (int i = 0; i < 12; ++i) {
      with.theirs.push(no);
      const auto a = gw.ask(chat("theirs/big"), mine());
      CHECK(a.status == 401);
      CHECK(error_field(a.body, "code") == "invalid_api_key");
    }
    CHECK(gw.ask(chat("theirs/big"), mine()).status == 200);
  }
}

TEST_CASE("the admin's token is no credential for a provider", "[P3]") {
  others with;
  gateway_under_test gw(with.policy());
  const auto a = gw.admin("POST", "/admin/prewarm?targets=8", chat("auto"));
  CHECK(a.status == 200);
  CHECK(!contains(a.body, "theirs/big"));
  CHECK(with.theirs.counters().requests == 0);
}

}  // namespace
}  // namespace nearfar::tests
