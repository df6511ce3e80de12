// The failure table, row by row.
#include "tests/unit/routes/attempt_run.hpp"

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

TEST_CASE("the first of the plan is tried first", "[routes]") {
  run q;
  const auto s = q.expect("phone/small");
  CHECK_FALSE(s.fresh_connection);
  CHECK_FALSE(s.last_candidate);
  CHECK(q.sequence->attempts() == 1);
}

TEST_CASE("kinds that say nothing good of the target move on to another at once", "[routes][P1]") {
  for (const auto kind :
       {error_kind::connect, error_kind::dns, error_kind::tls, error_kind::timeout, error_kind::overloaded,
        error_kind::auth, error_kind::exhausted, error_kind::not_found, error_kind::empty, error_kind::broken,
        error_kind::bad_answer, error_kind::not_ready, error_kind::bad_event}) {
    INFO(to_string(kind));
    run q;
    q.expect_and_fail("phone/small", seen(kind));
    const auto s = q.next();
    CHECK(s.kind == step_kind::attempt);
    CHECK(q.rules->targets()[s.target].name == "homelab/middle");
  }
}

TEST_CASE("a silent target is never tried again for the query", "[routes][P1]") {
  run q(only({"phone/small"}));
  q.expect_and_fail("phone/small", seen(error_kind::timeout, "no first token in 700 ms"));
  q.expect_end(502, "all_attempts_failed");
}

TEST_CASE("a stale connection is tried again at once on a fresh one and is no attempt", "[routes][P1]") {
  retry_budget none_left;
  while (none_left.take(at(1'000'000))) {
  }
  run q(with_total(only({"phone/small"}), 1), {}, &none_left);
  q.expect_and_fail("phone/small", seen(error_kind::stale));
  CHECK(q.sequence->attempts() == 0);
  const auto s = q.next();
  REQUIRE(s.kind == step_kind::attempt);
  CHECK(s.fresh_connection);
  CHECK(q.sequence->attempts() == 1);
  CHECK(q.sequence->history().empty());
}

TEST_CASE("stale on a fresh connection is a reset, so it ends", "[routes]") {
  run q(only({"phone/small"}));
  q.expect_and_fail("phone/small", seen(error_kind::stale));
  q.expect_and_fail("phone/small", seen(error_kind::stale));
  q.expect_and_fail("phone/small", seen(error_kind::stale));  // the same target's second try ...
  q.expect_and_fail("phone/small", seen(error_kind::stale));  // ... which may meet a stale one again
  q.expect_end(502, "all_attempts_failed");
}

TEST_CASE("a reset or a 5xx is tried once more at the same target after a jittered pause", "[routes][P1]") {
  for (const auto kind : {error_kind::reset, error_kind::server_error}) {
    run q;
    q.seed = 7;
    q.expect_and_fail("phone/small", seen(kind, "", 500));
    const auto pause = q.next();
    REQUIRE(pause.kind == step_kind::wait);
    CHECK(pause.delay >= millis{80});
    CHECK(pause.delay <= millis{120});
    q.now += pause.delay;
    q.expect_and_fail("phone/small", seen(kind, "", 500));
    const auto s = q.next();
    REQUIRE(s.kind == step_kind::attempt);
    CHECK(q.rules->targets()[s.target].name == "homelab/middle");
  }
}

TEST_CASE("the pause hangs on the seed alone", "[routes]") {
  const auto pause = [](std::uint64_t seed) {
    run q;
    q.seed = seed;
    q.expect_and_fail("phone/small", seen(error_kind::reset));
    return q.next().delay;
  };
  CHECK(pause(1) == pause(1));
  bool differs = false;
  for (std::uint64_t seed = 2; seed < 10; ++seed) differs = differs || pause(seed) != pause(1);
  CHECK(differs);
}

TEST_CASE("same_target 1 never tries the same one again", "[routes]") {
  auto c = three_tiers();
  config::attempts_entry e;
  e.name = "default";
  e.same_target = 1;
  c.attempts = {e};
  run q(c);
  q.expect_and_fail("phone/small", seen(error_kind::reset));
  const auto s = q.next();
  REQUIRE(s.kind == step_kind::attempt);
  CHECK(q.rules->targets()[s.target].name == "homelab/middle");
}

TEST_CASE("an empty retry budget moves on instead of trying the same again", "[routes][P1]") {
  retry_budget budget;
  while (budget.take(at(1'000'000))) {
  }
  run q(three_tiers(), {}, &budget);
  q.expect_and_fail("phone/small", seen(error_kind::reset));
  const auto s = q.next();
  REQUIRE(s.kind == step_kind::attempt);
  CHECK(q.rules->targets()[s.target].name == "homelab/middle");
}

TEST_CASE("a breaker that opened meanwhile spares the second try", "[routes]") {
  run q;
  q.expect_and_fail("phone/small", seen(error_kind::server_error));
  q.targets[q.find("phone/small")].breaker_admits = false;
  const auto s = q.next();
  REQUIRE(s.kind == step_kind::attempt);
  CHECK(q.rules->targets()[s.target].name == "homelab/middle");
}

TEST_CASE("an overloaded target is tried again only when no other is left and it named a short while",
          "[routes][P1]") {
  run q(only({"phone/small", "homelab/middle"}));
  q.expect_and_fail("phone/small", seen(error_kind::overloaded, "", 503, millis{500}));
  q.expect_and_fail("homelab/middle", seen(error_kind::timeout));
  const auto s = q.next();
  REQUIRE(s.kind == step_kind::wait);
  CHECK(s.delay == millis{500});
  q.now += s.delay;
  q.expect_and_fail("phone/small", seen(error_kind::overloaded, "", 503, millis{60'000}));
  q.expect_end(502, "all_attempts_failed");
}

TEST_CASE("an overloaded target that names no while is left", "[routes]") {
  run q(only({"phone/small"}));
  q.expect_and_fail("phone/small", seen(error_kind::overloaded, "", 503));
  q.expect_end(502, "all_attempts_failed");
}

TEST_CASE("a 429 moves on while another is left, and is waited out when none is", "[routes][P1]") {
  run q(only({"phone/small", "cloud/large"}));
  q.expect_and_fail("phone/small", seen(error_kind::rate_limited, "", 429, millis{2'000}));
  const auto other = q.next();
  REQUIRE(other.kind == step_kind::attempt);
  CHECK(q.rules->targets()[other.target].name == "cloud/large");
  q.fail("cloud/large", seen(error_kind::timeout));
  const auto s = q.next();
  REQUIRE(s.kind == step_kind::wait);
  CHECK(s.delay == millis{2'000});
  q.now += s.delay;
  q.expect("phone/small");
}

TEST_CASE("a 429 that asks for longer than retry_after_max ends as 429 with its Retry-After",
          "[routes][P1]") {
  run q(only({"cloud/large"}));
  q.expect_and_fail("cloud/large", seen(error_kind::rate_limited, "", 429, millis{30'000}));
  const auto s = q.expect_end(429, "rate_limited");
  CHECK(s.retry_after == millis{30'000});
}

TEST_CASE("the shortest Retry-After of several is the client's", "[routes]") {
  run q(only({"phone/small", "cloud/large"}));
  q.expect_and_fail("phone/small", seen(error_kind::rate_limited, "", 429, millis{30'000}));
  q.expect_and_fail("cloud/large", seen(error_kind::rate_limited, "", 429, millis{20'000}));
  CHECK(q.expect_end(429, "rate_limited").retry_after == millis{20'000});
}

TEST_CASE("a 429 is not waited out beyond the deadline", "[routes]") {
  run q(only({"cloud/large"}), millis{1'500});
  q.expect_and_fail("cloud/large", seen(error_kind::rate_limited, "", 429, millis{1'500}));
  q.expect_end(429, "rate_limited");
}

TEST_CASE("a refused key takes all of its provider and says where the key comes from", "[routes][P1][P5]") {
  auto c = three_tiers();
  c.providers[2].models.push_back(model("larger"));
  c.providers[2].key = {config::secret_kind::env, "CLOUD_API_KEY", {}};
  c.models[0].entries = {"cloud/large", "cloud/larger"};
  run q(c);
  q.expect_and_fail("cloud/large", seen(error_kind::auth, "", 401));
  const auto s = q.expect_end(502, "provider_auth");
  CHECK(contains(s.message, "cloud/large: auth 401"));
  CHECK(contains(s.message, "CLOUD_API_KEY"));
  CHECK(contains(s.message, "cloud/larger: not tried, its provider had failed"));
}

TEST_CASE("a host that refuses takes all targets of its provider", "[routes][P1]") {
  auto c = three_tiers();
  c.providers[0].models.push_back(model("tiny"));
  c.models[0].entries = {"phone/small", "phone/tiny", "homelab/middle"};
  run q(c);
  q.expect_and_fail("phone/small", seen(error_kind::connect));
  q.expect("homelab/middle");
}

TEST_CASE("a prompt that was too long goes only to a context known to be larger", "[routes][P1]") {
  auto c = three_tiers();
  auto same = model("same");
  same.context = 32'000;
  c.providers.push_back(provider("more", tier::remote, {same, model("unknown-context")}));
  c.models[0].entries = {"homelab/middle", "more/same", "more/unknown-context", "cloud/large"};
  run q(c);
  q.expect_and_fail("homelab/middle", seen(error_kind::too_long, "", 400));
  q.expect("cloud/large");
}

TEST_CASE("when everything was too long the client gets that answer as it came", "[routes]") {
  run q(only({"phone/small", "homelab/middle"}));
  q.expect_and_fail("phone/small", seen(error_kind::too_long, "", 400));
  q.expect_and_fail("homelab/middle", seen(error_kind::too_long, "", 400));
  const auto s = q.next();
  CHECK(s.kind == step_kind::relay_error);
  CHECK(s.target == q.find("homelab/middle"));
  CHECK(s.status == 400);
}

TEST_CASE("a refusal and a bad request go to the client as they came", "[routes][P3]") {
  for (const auto kind : {error_kind::refused, error_kind::bad_request}) {
    run q;
    q.expect_and_fail("phone/small", seen(kind, "", 400));
    for (int i = 0; i < 3; ++i) {
      const auto s = q.next();
      CHECK(s.kind == step_kind::relay_error);
      CHECK(s.target == q.find("phone/small"));
    }
  }
}

TEST_CASE("an empty answer moves on once", "[routes][P1]") {
  run q;
  q.expect_and_fail("phone/small", seen(error_kind::empty));
  q.expect_and_fail("homelab/middle", seen(error_kind::empty));
  q.expect_end(502, "all_attempts_failed");
}

TEST_CASE("a client that went away ends it", "[routes]") {
  run q;
  q.expect_and_fail("phone/small", seen(error_kind::cancelled));
  q.expect_end(499, "cancelled");
  q.expect_end(499, "cancelled");
}

TEST_CASE("an error of our own ends it as 500", "[routes]") {
  run q;
  q.expect_and_fail("phone/small", seen(error_kind::internal));
  q.expect_end(500, "internal_error");
}

TEST_CASE("total bounds the attempts", "[routes][P4]") {
  run q(with_total(three_tiers(), 2));
  CHECK_FALSE(q.expect("phone/small").last_candidate);
  q.fail("phone/small", seen(error_kind::timeout));
  CHECK(q.expect("homelab/middle").last_candidate);
  q.fail("homelab/middle", seen(error_kind::timeout));
  const auto s = q.expect_end(502, "all_attempts_failed");
  CHECK(contains(s.message, "cloud/large: not tried, no attempt was left"));
}

TEST_CASE("the last target that can be had is the last candidate", "[routes][P1]") {
  run q;
  q.targets[q.find("cloud/large")].breaker_admits = false;
  CHECK_FALSE(q.expect("phone/small").last_candidate);
  q.fail("phone/small", seen(error_kind::timeout));
  CHECK(q.expect("homelab/middle").last_candidate);
}

TEST_CASE("the end names every target, what it said, and nothing else", "[routes][P5]") {
  run q;
  q.targets[q.find("cloud/large")].parked = {park_reason::exhausted, instant::max()};
  q.expect_and_fail("phone/small", seen(error_kind::timeout, "no first token in 700 ms"));
  q.expect_and_fail("homelab/middle", seen(error_kind::not_found, "", 404));
  const auto s = q.expect_end(502, "all_attempts_failed");
  CHECK(contains(s.message, "phone/small: timeout (no first token in 700 ms)"));
  CHECK(contains(s.message, "homelab/middle: not_found 404"));
  CHECK(contains(s.message, "cloud/large: not tried, parked, its quota is used up"));
  CHECK(q.sequence->history() == "phone/small=timeout, homelab/middle=not_found");
}

TEST_CASE("the deadline is spent across attempts and ends as 504", "[routes][P1]") {
  run q(three_tiers(), millis{1'000});
  CHECK(q.sequence->ends() == q.now + millis{1'000});
  q.expect("phone/small");
  q.now += millis{600};
  q.fail("phone/small", seen(error_kind::timeout));
  q.expect("homelab/middle");
  q.now += millis{400};
  q.fail("homelab/middle", seen(error_kind::timeout));
  q.expect_end(504, "deadline_exceeded");
}

TEST_CASE("a client's deadline shortens the policy's, never lengthens it", "[routes]") {
  auto c = three_tiers();
  config::attempts_entry e;
  e.name = "default";
  e.whole = millis{500};
  c.attempts = {e};
  run longer(c, millis{10'000});
  CHECK(longer.sequence->ends() == longer.now + millis{500});
  run shorter(c, millis{100});
  CHECK(shorter.sequence->ends() == shorter.now + millis{100});
  run silly(three_tiers(), millis::max());
  CHECK_FALSE(silly.sequence->ends());
}
