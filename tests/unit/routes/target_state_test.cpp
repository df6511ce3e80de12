#include "routes/target_state.hpp"

#include "routes/retry_budget.hpp"
#include "tests/unit/routes/make.hpp"

#include <catch2/matchers/catch_matchers_floating_point.hpp>

using namespace nearfar::routes;
using namespace nearfar::routes::test;
using Catch::Matchers::WithinAbs;

namespace {

constexpr millis minute{60'000};

void fail_softly(breaker& b, instant now, int times) {
  for (int i = 0; i < times; ++i) b.failure(now, error_kind::timeout);
}

}  // namespace

TEST_CASE("nothing measured is nothing known", "[routes]") {
  const estimates e;
  CHECK_FALSE(e.first_token_ms(at(0)));
  CHECK_FALSE(e.tokens_per_second(at(0)));
  CHECK(e.failure_share(at(0)) == 0);
  CHECK(e.weight(at(0)) == 0);
}

TEST_CASE("an old sample weighs half of a new one after five minutes", "[routes]") {
  estimates e;
  e.first_token(at(0), millis{300});
  e.first_token(at(300'000), millis{600});
  CHECK(e.first_token_ms(at(300'000)) == millis{500});  // (300/2 + 600) / 1.5
  CHECK(e.first_token_ms(at(600'000)) == millis{500});  // ageing alone moves no mean
}

TEST_CASE("a lone sample is forgotten in the end", "[routes]") {
  estimates e;
  e.throughput(at(0), 40);
  CHECK(e.tokens_per_second(at(15 * 60'000)) == 40);
  CHECK_FALSE(e.tokens_per_second(at(30 * 60'000)));
}

TEST_CASE("the failure share is shrunk, moves with outcomes and fades", "[routes]") {
  estimates e;
  e.outcome(at(0), true);
  CHECK_THAT(e.failure_share(at(0)), WithinAbs(0.5, 1e-9));
  CHECK_THAT(e.failure_share(at(300'000)), WithinAbs(0.5 / 1.5, 1e-9));
  e.outcome(at(0), false);
  e.outcome(at(0), false);
  CHECK_THAT(e.failure_share(at(0)), WithinAbs(0.25, 1e-9));
  CHECK_THAT(e.weight(at(300'000)), WithinAbs(1.5, 1e-9));
  CHECK(e.failure_share(at(3'600'000)) < 0.001);
}

TEST_CASE("a target's usual length of answers is known after ten of them", "[routes]") {
  target_state t;
  for (int i = 0; i < 9; ++i) t.known.output(at(i), 200);
  CHECK_FALSE(t.snapshot(at(10)).output_p95);
  t.known.output(at(10), 200);
  const auto usual = t.snapshot(at(10)).output_p95;
  REQUIRE(usual);
  CHECK(*usual >= 180);
  CHECK(*usual <= 250);
}

TEST_CASE("one long answer of a hundred does not make long answers usual, ten do", "[routes]") {
  estimates e;
  for (int i = 0; i < 100; ++i) e.output(at(i), i % 100 == 50 ? 30'000 : 300);
  CHECK(e.output_p95(at(100)) < 400);
  for (int i = 0; i < 100; ++i) e.output(at(100 + i), i % 10 == 0 ? 30'000 : 300);
  CHECK(e.output_p95(at(200)) > 20'000);
}

TEST_CASE("the length of answers is forgotten more slowly than their speed", "[routes]") {
  estimates e;
  for (int i = 0; i < 40; ++i) {
    e.output(at(i), 500);
    e.throughput(at(i), 40);
  }
  CHECK(e.output_p95(at(2 * 3'600'000)));
  CHECK_FALSE(e.tokens_per_second(at(2 * 3'600'000)));
  CHECK_FALSE(e.output_p95(at(4 * 3'600'000)));
  for (int i = 0; i < 20; ++i) e.output(at(8 * 3'600'000 + i), 4'000);
  CHECK(e.output_p95(at(8 * 3'600'000 + 20)) > 3'000);
}

TEST_CASE("hard failures open the breaker at once", "[routes][P1]") {
  for (const auto kind : {error_kind::connect, error_kind::dns, error_kind::tls}) {
    breaker b;
    CHECK(b.admit(at(0)));
    b.failure(at(0), kind);
    CHECK(b.state(at(4'999)) == breaker_state::open);
    CHECK_FALSE(b.admit(at(4'999)));
    CHECK(b.open_until() == at(5'000));
    CHECK(b.state(at(5'000)) == breaker_state::half_open);
  }
}

TEST_CASE("soft failures open it after three that come close together", "[routes][P1]") {
  for (const auto kind :
       {error_kind::timeout, error_kind::server_error, error_kind::reset, error_kind::overloaded,
        error_kind::broken, error_kind::bad_answer, error_kind::not_ready}) {
    breaker b;
    b.failure(at(0), kind);
    b.failure(at(100), kind);
    CHECK(b.state(at(100)) == breaker_state::closed);
    b.failure(at(200), kind);
    CHECK(b.state(at(200)) == breaker_state::open);
  }
}

TEST_CASE("soft failures far apart do not open it", "[routes]") {
  breaker b;
  for (int i = 0; i < 20; ++i) b.failure(at(i * 60'000), error_kind::timeout);
  CHECK(b.state(at(20 * 60'000)) == breaker_state::closed);
}

TEST_CASE("one failure in ten under load does not open it", "[routes]") {
  breaker b;
  for (int i = 0; i < 1'000; ++i) {
    if (i % 10 == 0) {
      b.failure(at(i), error_kind::server_error);
    } else {
      b.success(at(i));
    }
  }
  CHECK(b.state(at(1'000)) == breaker_state::closed);
}

TEST_CASE("what is no fault of the target is never breaker food", "[routes]") {
  for (const auto kind :
       {error_kind::rate_limited, error_kind::auth, error_kind::exhausted, error_kind::not_found,
        error_kind::too_long, error_kind::refused, error_kind::bad_request, error_kind::empty,
        error_kind::stale, error_kind::cancelled, error_kind::bad_event, error_kind::internal}) {
    breaker b;
    for (int i = 0; i < 10; ++i) b.failure(at(i), kind);
    CHECK(b.state(at(10)) == breaker_state::closed);
  }
}

TEST_CASE("half-open lets one query through as the probe", "[routes]") {
  breaker b;
  b.failure(at(0), error_kind::connect);
  CHECK(b.would_admit(at(5'000)));
  CHECK(b.admit(at(5'000)));
  CHECK_FALSE(b.would_admit(at(5'001)));
  CHECK_FALSE(b.admit(at(5'001)));
  b.success(at(5'100));
  CHECK(b.state(at(5'100)) == breaker_state::closed);
  CHECK(b.admit(at(5'100)));
  CHECK(b.admit(at(5'100)));
}

TEST_CASE("open times double from five seconds to five minutes and start anew after a success", "[routes]") {
  breaker b;
  auto now = at(0);
  fail_softly(b, now, 3);
  for (const auto open_for : {5, 10, 20, 40, 80, 160, 300, 300}) {
    CHECK(b.open_until() == now + millis{open_for * 1'000});
    now = b.open_until();
    REQUIRE(b.admit(now));
    b.failure(now, error_kind::timeout);
  }
  now = b.open_until();
  REQUIRE(b.admit(now));
  b.success(now);
  b.failure(now, error_kind::connect);
  CHECK(b.open_until() == now + millis{5'000});
}

TEST_CASE("stragglers of an outage do not lengthen it", "[routes]") {
  breaker b;
  for (int i = 0; i < 10; ++i) b.failure(at(i), error_kind::connect);
  CHECK(b.open_until() == at(5'000));
}

TEST_CASE("a probe that was cancelled or came back without a verdict leaves the door to the next",
          "[routes]") {
  breaker b;
  b.failure(at(0), error_kind::connect);
  REQUIRE(b.admit(at(5'000)));
  b.probe_abandoned();
  REQUIRE(b.admit(at(5'001)));
  b.failure(at(5'002), error_kind::rate_limited);
  CHECK(b.admit(at(5'003)));
}

TEST_CASE("a probe that never reports does not hold the door for ever", "[routes]") {
  breaker b;
  b.failure(at(0), error_kind::connect);
  REQUIRE(b.admit(at(5'000)));
  CHECK_FALSE(b.admit(at(600'000)));
  CHECK(b.admit(at(605'000)));
}

TEST_CASE("a link that returns half-opens the breaker", "[routes][P1]") {
  breaker b;
  b.failure(at(0), error_kind::connect);
  b.half_open_now(at(1'000));
  CHECK(b.state(at(1'000)) == breaker_state::half_open);
  breaker closed;
  closed.half_open_now(at(1'000));
  CHECK(closed.state(at(1'000)) == breaker_state::closed);
}

TEST_CASE("a park holds until its moment, a key's park for good", "[routes]") {
  const park limited{park_reason::rate_limited, at(1'000)};
  CHECK(limited.holds(at(999)));
  CHECK_FALSE(limited.holds(at(1'000)));
  const park refused{park_reason::auth, instant::max()};
  CHECK(refused.holds(at(1) + std::chrono::hours{24 * 365}));
  CHECK_FALSE(park{}.holds(at(0)));
}

TEST_CASE("a snapshot copies what evaluate reads", "[routes]") {
  target_state s;
  s.known.first_token(at(0), millis{250});
  s.known.throughput(at(0), 33);
  s.known.outcome(at(0), true);
  s.gate.failure(at(0), error_kind::tls);
  s.parked = {park_reason::exhausted, instant::max()};
  const auto copy = s.snapshot(at(1));
  CHECK_FALSE(copy.breaker_admits);
  CHECK(copy.breaker_reopens == at(5'000));
  CHECK(copy.parked.reason == park_reason::exhausted);
  CHECK(copy.first_token == millis{250});
  CHECK(copy.tokens_per_second == 33);
  CHECK(copy.failure_share > 0.4);
}

TEST_CASE("the retry budget has a floor and then a fifth of recent queries", "[routes]") {
  retry_budget b;
  auto now = at(1'000'000);
  CHECK(b.take(now));
  CHECK(b.take(now));
  CHECK(b.take(now));
  CHECK_FALSE(b.take(now));
  for (int i = 0; i < 5; ++i) b.query(now);
  CHECK(b.take(now));
  CHECK_FALSE(b.take(now));
  now += millis{1'000};
  CHECK(b.take(now));
  CHECK_FALSE(b.take(now));
}

TEST_CASE("in an outage retries add about a fifth to the load", "[routes]") {
  retry_budget b;
  auto now = at(1'000'000);
  unsigned retries = 0;
  for (int i = 0; i < 30'000; ++i) {  // 500 a second for a minute, every one of them wants a retry
    b.query(now);
    if (b.take(now)) ++retries;
    now += millis{2};
  }
  CHECK(retries > 5'500);
  CHECK(retries < 6'500);
}

TEST_CASE("what quiet hours earned is not spent in one burst", "[routes]") {
  retry_budget b;
  auto now = at(1'000'000);
  for (int i = 0; i < 10'000; ++i) b.query(now);
  now += minute;
  unsigned retries = 0;
  while (b.take(now)) ++retries;
  CHECK(retries == 3);
}
