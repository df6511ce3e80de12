// Clients that leave, clients that are slow, and a gateway that stops.
#include "tests/integration/gateway_under_test.hpp"

#include <catch2/catch_test_macros.hpp>

#include <future>
#include <system_error>
#include <thread>

namespace nearfar::tests {
namespace {

constexpr std::string_view path = "/v1/chat/completions";

behaviour slow_stream(millis delay, unsigned tokens = 20) {
  behaviour b;
  b.tokens = tokens;
  b.token_delay = delay;
  return b;
}

TEST_CASE("a client that goes away cancels the upstream at once", "[trap27]") {
  gateway_under_test gw;
  auto client = gw.client();
  SECTION("in the middle of a stream") {
    gw.device.set_default(slow_stream(millis{60'000}));
    client.send(support::post(path, chat_stream("auto")));
    client.read_head();
    REQUIRE(client.read_event());
    REQUIRE(client.read_event());
  }
  SECTION("before the first token") {
    behaviour b;
    b.first_token_delay = millis{60'000};
    gw.device.set_default(b);
    client.send(support::post(path, chat_stream("near")));
    REQUIRE(gw.device.wait([](const auto& c) { return c.requests == 1; }));
  }
  SECTION("while a whole answer is made") {
    behaviour b;
    b.head_delay = millis{60'000};
    gw.device.set_default(b);
    client.send(support::post(path, chat("near")));
    REQUIRE(gw.device.wait([](const auto& c) { return c.requests == 1; }));
  }
  SECTION("with a reset") {
    gw.device.set_default(slow_stream(millis{60'000}));
    client.send(support::post(path, chat_stream("auto")));
    client.read_head();
    REQUIRE(client.read_event());
    client.reset();
  }
  client.close();
  CHECK(gw.device.wait([](const auto& c) { return c.cancelled == 1; }));
  CHECK(gw.self_hosted.counters().requests == 0);
  CHECK(gw.metric_reaches("nearfar_answers_total{class=\"gone\"}", 1));
  CHECK(answer_text(gw.ask(chat("home"))) == default_text("self_hosted"));
}

TEST_CASE("a query that comes behind a running stream on its connection waits and is answered") {
  gateway_under_test gw;
  gw.device.push(slow_stream(millis{50}, 5));
  auto client = gw.client();
  client.send(support::post(path, chat_stream("near")));
  client.read_head();
  REQUIRE(client.read_event());
  client.send(support::post(path, chat("home")));
  while (client.read_event()) {
  }
  CHECK(client.body_complete());
  CHECK(answer_text(client.read_answer()) == default_text("self_hosted"));
}

TEST_CASE("a slow client stalls its upstream, and memory stays bounded") {
  gateway_under_test gw;
  constexpr std::uint64_t whole = 96U << 20U;
  behaviour b;
  b.token_bytes = 64U << 10U;
  b.tokens = whole / b.token_bytes;
  gw.device.set_default(b);
  auto client = gw.client(16'384);
  client.set_deadline(millis{30'000});
  client.send(support::post(path, chat_stream("near")));
  REQUIRE(client.read_head().status == 200);
  // Kernel buffers fill, then nothing moves.
  std::uint64_t before = 0;
  CHECK(eventually([&] {
    const auto now = gw.device.counters().bytes_out;
    std::this_thread::sleep_for(millis{300});
    const bool still = now == before && now > 0;
    before = now;
    return still;
  }));
  CHECK(gw.device.counters().bytes_out < whole / 2);
  CHECK(gw.device.counters().completed == 0);
  std::uint64_t text = 0;
  while (const auto e = client.read_event()) {
    if (e->data.size() > b.token_bytes) ++text;
  }
  CHECK(client.body_complete());
  CHECK(text == b.tokens);
}

TEST_CASE("stopping lets a running stream finish, and takes no new connection") {
  gateway_under_test gw;
  gw.device.set_default(slow_stream(millis{150}, 10));
  auto client = gw.client();
  client.send(support::post(path, chat_stream("near")));
  auto a = client.read_head();
  REQUIRE(client.read_event());
  auto idle = gw.client();
  idle.send(support::get("/healthz"));
  idle.read_answer();
  const auto address = gw.address();
  auto stopping = std::async(std::launch::async, [&] { gw.server().stop(); });
  CHECK(idle.closed_within(millis{10'000}));
  CHECK(eventually([&] {
    try {
      raw_client late(address);
      return false;
    } catch (const std::system_error&) {
      return true;
    }
  }));
  client.read_body(a);
  CHECK(a.complete);
  CHECK(a.body.ends_with("data: [DONE]\n\n"));
  // The client may have read the last byte before the double has counted it.
  CHECK(gw.device.wait([](const auto& c) { return c.completed == 1; }));
  CHECK(stopping.wait_for(std::chrono::seconds{20}) == std::future_status::ready);
}

TEST_CASE("a stream that does not finish in time is ended with an error, and the gateway stops", "[P2]") {
  gateway_under_test gw({}, millis{400});
  gw.device.set_default(slow_stream(millis{50}, 100'000));
  auto client = gw.client();
  client.send(support::post(path, chat_stream("near")));
  auto a = client.read_head();
  REQUIRE(client.read_event());
  auto stopping = std::async(std::launch::async, [&] { gw.server().stop(); });
  CHECK(stopping.wait_for(std::chrono::seconds{20}) == std::future_status::ready);
  client.read_body(a);
  CHECK(!a.complete);
  CHECK(a.body.find("[DONE]") == std::string::npos);
  CHECK(gw.device.wait([](const auto& c) { return c.cancelled == 1; }));
}

TEST_CASE("a gateway starts again on its old port at once") {
  gateway_under_test gw;
  CHECK(gw.ask(chat("near")).status == 200);
  const auto address = gw.address();
  gw.server().stop();
  std::string why;
  const auto again = gw.another(address, why);
  INFO(why);
  REQUIRE(again != nullptr);
  raw_client client(again->addresses().front());
  client.send(support::post(path, chat("near")));
  CHECK(answer_text(client.read_answer()) == default_text("device"));
}

TEST_CASE("an upstream that reads slowly does not hold up others") {
  gateway_under_test gw;
  behaviour b;
  b.read_bytes_per_s = 20'000;
  gw.device.set_default(b);
  const std::string image(3U << 20U, 'x');
  auto slow = gw.client();
  slow.send(support::post(
      path, R"({"model":"near","stream":true,"messages":[{"role":"user","content":[{"type":"image_url",)"
            R"("image_url":{"url":"data:image/png;base64,)" +
                image + R"("}}]}]})"));
  REQUIRE(gw.device.wait([](const auto& c) { return c.requests == 1; }));
  CHECK(answer_text(gw.ask(chat("home"))) == default_text("self_hosted"));
  slow.close();
  // The double sees the end only behind what it has yet to read.
  CHECK(gw.metric_reaches("nearfar_answers_total{class=\"gone\"}", 1));
}

}  // namespace
}  // namespace nearfar::tests
