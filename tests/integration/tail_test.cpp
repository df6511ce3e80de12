// What a race does to the tail, and a breaker to a provider that comes and goes.
#include "tests/integration/gateway_under_test.hpp"
#include "tests/integration/query_watcher.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <random>

namespace nearfar::tests {
namespace {

namespace json = boost::json;
using clock = std::chrono::steady_clock;

policy_text remote_first(std::string attempts) {
  policy_text out;
  out.models = "  auto: [vendor/large, phone/small]\n";
  out.rule = "prefer: [remote, device]";
  out.attempts = std::move(attempts);
  out.answer = "{device: 60s, self_hosted: 60s, remote: 60s}";
  return out;
}

behaviour speaking_after(millis delay) {
  behaviour b;
  b.first_token_delay = delay;
  return b;
}

std::size_t ended_as(const json::object& line, std::string_view outcome) {
  std::size_t n = 0;
  for (const auto& one : line.at("attempts").as_array())
    n += one.at("outcome").as_string() == outcome ? 1 : 0;
  return n;
}

// Two orders of magnitude apart from each other and from what a scheduler does: the answers' times
// are then those of whoever answered.
constexpr millis race_delay{400};
constexpr millis device_delay{50};
constexpr millis slow{30'000};
constexpr unsigned queries = 240;

TEST_CASE("a race takes the slow twentieth out of the tail, and asks hardly more than that twentieth twice",
          "[P1][P4]") {
  gateway_under_test gw(remote_first("first_token: 50s, stall: 50s, race: {after: 400ms, with: device}"));
  gw.device.set_default(speaking_after(device_delay));
  std::mt19937 random(20'26);
  std::bernoulli_distribution is_slow(0.05);
  unsigned slow_ones = 0;
  for (unsigned i = 0; i < queries; ++i) {
    const bool this_one = is_slow(random);
    slow_ones += this_one ? 1 : 0;
    gw.remote.push(speaking_after(this_one ? slow : millis{0}));
  }
  REQUIRE(slow_ones >= queries / 40);

  query_watcher log(gw);
  std::vector<clock::duration> times;
  std::size_t raced = 0;
  std::size_t late = 0;
  for (unsigned i = 0; i < queries; ++i) {
    const auto began = clock::now();
    const auto a = gw.ask(chat_stream("auto"));
    times.push_back(clock::now() - began);
    late += times.back() >= race_delay ? 1 : 0;
    REQUIRE(a.complete);
    REQUIRE(!answer_text(a).empty());
    const auto line = log.next();
    const auto attempts = line.at("attempts").as_array().size();
    raced += attempts > 1 ? 1 : 0;
    // Every lost race is on the record.
    CHECK(ended_as(line, "lost_race") == attempts - 1);
  }

  CHECK(raced >= slow_ones);
  // `late` counts those that this machine made slow, too.
  CHECK(static_cast<double>(raced) <= 1.2 * static_cast<double>(std::max<std::size_t>(late, slow_ones)));
  CHECK(gw.metric("nearfar_races_total") == static_cast<double>(raced));
  CHECK(gw.remote.wait([&](const auto& c) { return c.cancelled >= slow_ones; }));
  std::sort(times.begin(), times.end());
  const auto p99 = std::chrono::duration_cast<millis>(times[times.size() * 99 / 100]);
  WARN("p99 " << p99.count() << " ms; race delay and the device's own first token are "
              << (race_delay + device_delay).count() << " ms; " << raced << " raced, " << slow_ones
              << " slow");
  CHECK(p99 < slow / 5);
}

std::string breaker_of_vendor(const gateway_under_test& gw) {
  const auto targets = json::parse(gw.admin("GET", "/admin/targets").body);
  for (const auto& one : targets.as_array()) {
    if (one.at("target").as_string() == "vendor/large") return std::string(one.at("breaker").as_string());
  }
  return {};
}

TEST_CASE("a flapping provider is left, and the first query after its open time is the one probe", "[P1]") {
  gateway_under_test gw(remote_first("first_token: 50s, stall: 50s"));
  for (int flap = 0; flap < 2; ++flap) {
    INFO("flap " << flap);
    gw.remote.set_default({});
    CHECK(answer_text(gw.ask(chat("auto"))) == default_text("remote"));
    gw.remote.kill();
    CHECK(answer_text(gw.ask(chat("auto"))) == default_text("device"));
    REQUIRE(breaker_of_vendor(gw) == "open");
    // It is back at once, and left alone all the same.
    gw.remote.listen();
    const auto before = gw.remote.counters().requests;
    while (breaker_of_vendor(gw) == "open") {
      const auto a = gw.ask(chat("auto"));
      // The open time may have passed since the question above.
      if (breaker_of_vendor(gw) != "open") break;
      CHECK(answer_text(a) == default_text("device"));
      CHECK(a.field("x-nearfar-attempts") == "1");
      short_rest();
    }
    if (gw.remote.counters().requests != before) continue;
    // One query is the probe; as long as it is under way nobody else is sent there.
    gw.remote.push(speaking_after(millis{4'000}));
    auto probe = gw.client();
    probe.set_deadline(millis{60'000});
    probe.send(support::post("/v1/chat/completions", chat_stream("auto")));
    REQUIRE(gw.remote.wait([&](const auto& c) { return c.requests == before + 1; }, millis{30'000}));
    CHECK(answer_text(gw.ask(chat("auto"))) == default_text("device"));
    CHECK(gw.remote.counters().requests == before + 1);
    CHECK(answer_text(probe.read_answer()) == default_text("remote"));
    CHECK(eventually([&] { return breaker_of_vendor(gw) == "closed"; }));
  }
  CHECK(answer_text(gw.ask(chat("auto"))) == default_text("remote"));
}

}  // namespace
}  // namespace nearfar::tests
