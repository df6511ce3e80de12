// A second attempt beside a silent first one: the first content token wins.
#include "tests/integration/gateway_under_test.hpp"

#include <catch2/catch_test_macros.hpp>

namespace nearfar::tests {
namespace {

constexpr std::string_view path = "/v1/chat/completions";

// The remote is asked first; after 50 ms of silence the device is asked as well.
policy_text racing(std::string race = "{after: 50ms, with: device}") {
  policy_text out;
  out.models = "  auto: [vendor/large, phone/small, homelab/medium]\n";
  out.rule = "prefer: [remote, device, self_hosted]";
  out.attempts = "first_token: 20s, stall: 20s, race: " + std::move(race);
  out.answer = "{device: 20s, self_hosted: 20s, remote: 20s}";
  return out;
}

behaviour silent_for(millis delay) {
  behaviour b;
  b.head_delay = delay;
  return b;
}

constexpr millis for_ever{60'000};

TEST_CASE("a silent remote is raced by the device, which answers; the loser is cancelled", "[P1]") {
  for (const bool stream : {true, false}) {
    DYNAMIC_SECTION((stream ? "streamed" : "whole")) {
      gateway_under_test gw(racing());
      gw.remote.set_default(silent_for(for_ever));
      const auto a = gw.ask(stream ? chat_stream("auto") : chat("auto"));
      CHECK(a.status == 200);
      CHECK(a.complete);
      CHECK(answer_text(a) == default_text("device"));
      CHECK(a.field("x-nearfar-target") == "phone/small");
      CHECK(a.field("x-nearfar-attempts") == "2");
      CHECK(gw.remote.wait([](const auto& c) { return c.cancelled == 1; }));
      CHECK(gw.metric_reaches("nearfar_races_total", 1));
      CHECK(gw.metric_reaches("nearfar_races_won_total", 1));
      CHECK(gw.metric("nearfar_attempt_failures_total{kind=\"timeout\"}") == 0);
    }
  }
}

TEST_CASE("a head and comments are no first token: the race starts all the same", "[P1]") {
  gateway_under_test gw(racing());
  behaviour b;
  b.first_token_delay = for_ever;
  b.comment_every = millis{10};
  gw.remote.set_default(b);
  CHECK(answer_text(gw.ask(chat_stream("auto"))) == default_text("device"));
}

TEST_CASE("who speaks before the delay is not raced", "[P4]") {
  gateway_under_test gw(racing("{after: 20s, with: device}"));
  CHECK(answer_text(gw.ask(chat_stream("auto"))) == default_text("remote"));
  CHECK(gw.device.counters().requests == 0);
  CHECK(gw.metric("nearfar_races_total") == 0);
}

TEST_CASE("the first attempt may still win; the racer is cancelled", "[P1]") {
  gateway_under_test gw(racing());
  gw.remote.set_default(silent_for(millis{300}));
  gw.device.set_default(silent_for(for_ever));
  const auto a = gw.ask(chat_stream("auto"));
  CHECK(answer_text(a) == default_text("remote"));
  CHECK(a.field("x-nearfar-target") == "vendor/large");
  CHECK(gw.device.wait([](const auto& c) { return c.cancelled == 1; }));
  CHECK(gw.metric("nearfar_races_won_total") == 0);
}

TEST_CASE("when one of the two fails the other answers", "[P1]") {
  gateway_under_test gw(racing());
  auto failing = silent_for(millis{300});
  failing.status = 500;
  SECTION("the first") {
    gw.remote.set_default(failing);
    gw.device.set_default(silent_for(millis{600}));
    CHECK(answer_text(gw.ask(chat_stream("auto"))) == default_text("device"));
  }
  SECTION("the racer") {
    failing.head_delay = millis{0};
    gw.device.set_default(failing);
    gw.remote.set_default(silent_for(millis{600}));
    CHECK(answer_text(gw.ask(chat_stream("auto"))) == default_text("remote"));
  }
}

TEST_CASE("when both fail the rest of the plan is asked", "[P1]") {
  gateway_under_test gw(racing());
  auto failing = silent_for(millis{300});
  failing.status = 500;
  gw.remote.set_default(failing);
  gw.device.set_default(failing);
  const auto a = gw.ask(chat_stream("auto"));
  CHECK(answer_text(a) == default_text("self_hosted"));
  CHECK(a.field("x-nearfar-attempts") == "3");
}

TEST_CASE("a race never asks whom a guard forbids", "[P3]") {
  auto policy = racing("{after: 50ms, with: remote}");
  policy.rule = "prefer: [device, remote, self_hosted]";
  gateway_under_test gw(policy);
  gw.device.set_default(silent_for(millis{500}));
  const auto a = gw.ask(chat_stream("auto"), {{"x-nearfar-privacy", "private"}});
  CHECK(answer_text(a) == default_text("device"));
  CHECK(gw.remote.counters().requests == 0);
  CHECK(gw.remote.counters().connections == 0);
}

TEST_CASE("a client that goes away in a race ends both") {
  gateway_under_test gw(racing());
  gw.remote.set_default(silent_for(for_ever));
  gw.device.set_default(silent_for(for_ever));
  auto client = gw.client();
  client.send(support::post(path, chat_stream("auto")));
  REQUIRE(gw.remote.wait([](const auto& c) { return c.requests == 1; }));
  REQUIRE(gw.device.wait([](const auto& c) { return c.requests == 1; }));
  client.close();
  CHECK(gw.remote.wait([](const auto& c) { return c.cancelled == 1; }));
  CHECK(gw.device.wait([](const auto& c) { return c.cancelled == 1; }));
  CHECK(gw.metric_reaches("nearfar_answers_total{class=\"gone\"}", 1));
}

TEST_CASE("after the target's own p90 the race begins once that is known", "[P1]") {
  gateway_under_test gw(racing("{after: p90, with: device}"));
  for (int i = 0; i < 6; ++i) CHECK(answer_text(gw.ask(chat_stream("auto"))) == default_text("remote"));
  CHECK(gw.metric("nearfar_races_total") == 0);
  gw.remote.set_default(silent_for(for_ever));
  CHECK(answer_text(gw.ask(chat_stream("auto"))) == default_text("device"));
  CHECK(gw.metric_reaches("nearfar_races_total", 1));
}

}  // namespace
}  // namespace nearfar::tests
