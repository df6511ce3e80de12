#include "routes/attempt_sequence.hpp"

#include "tests/unit/routes/make.hpp"

using namespace nearfar::routes;
using namespace nearfar::routes::test;
namespace config = nearfar::config;

namespace {

error seen(error_kind kind, std::string context = "said so", int status = 0,
           std::optional<millis> retry_after = {}) {
  auto e = make_error(kind, std::move(context));
  e.status = status;
  e.retry_after = retry_after;
  return e;
}

// A query under way: a plan, a sequence and a clock of its own.
struct run : scene {
  explicit run(config::configuration c = three_tiers(), std::optional<millis> deadline = {},
               retry_budget* retries = nullptr)
      : scene(good(std::move(c))) {
    evaluate();
    sequence.emplace(*rules, out, now, deadline, retries);
  }

  step next() { return sequence->next(in()); }

  // The next attempt must go there; sleeps as told before it.
  step expect(std::string_view target) {
    auto s = next();
    for (int i = 0; s.kind == step_kind::wait && i < 100; ++i) {
      now += s.delay;
      s = next();
    }
    INFO(s.message);
    REQUIRE(s.kind == step_kind::attempt);
    CHECK(rules->targets()[s.target].name == target);
    return s;
  }

  void fail(std::string_view target, const error& e) { sequence->failed(find(target), e, now); }
  void expect_and_fail(std::string_view target, const error& e) {
    expect(target);
    fail(target, e);
  }

  step expect_end(int status, std::string_view code) {
    const auto s = next();
    CHECK(s.kind == step_kind::give_up);
    CHECK(s.status == status);
    CHECK(s.code == code);
    return s;
  }

  std::optional<attempt_sequence> sequence;
};

config::configuration only(std::initializer_list<const char*> entries) {
  auto c = three_tiers();
  c.models[0].entries.assign(entries.begin(), entries.end());
  return c;
}

config::configuration with_total(config::configuration c, unsigned total) {
  config::attempts_entry e;
  e.name = "default";
  e.total = total;
  c.attempts = {e};
  return c;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

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

TEST_CASE("targets held back for the moment are passed over and taken when they are back", "[routes][P1]") {
  run q;
  q.targets[q.find("phone/small")].breaker_admits = false;
  q.expect_and_fail("homelab/middle", seen(error_kind::timeout));
  q.targets[q.find("phone/small")].breaker_admits = true;
  q.expect("phone/small");
}

TEST_CASE("when breakers alone emptied the list the one that comes back first is tried", "[routes][P1]") {
  run q;
  for (auto& t : q.targets) t.breaker_admits = false;
  q.targets[0].breaker_reopens = q.now + millis{9'000};
  q.targets[1].breaker_reopens = q.now + millis{4'000};
  q.targets[2].breaker_reopens = q.now + millis{5'000};
  const auto s = q.next();
  REQUIRE(s.kind == step_kind::attempt);
  CHECK(q.rules->targets()[s.target].name == "homelab/middle");
  CHECK(s.last_candidate);
  q.fail("homelab/middle", seen(error_kind::timeout));
  q.expect_end(502, "all_attempts_failed");
}

TEST_CASE("an unreachable target is tried when there is nothing else", "[routes][P1]") {
  run q(only({"cloud/large"}));
  q.now_true.network = network_state::offline;
  q.expect("cloud/large");
}

TEST_CASE("a breaker that names its moment goes before a link that nobody can foretell", "[routes][P1]") {
  run q(only({"cloud/large", "phone/small"}));
  q.now_true.network = network_state::offline;
  q.targets[q.find("phone/small")].breaker_admits = false;
  q.targets[q.find("phone/small")].breaker_reopens = q.now + millis{60'000};
  q.expect("phone/small");
}

TEST_CASE("a 429 park is waited out within retry_after_max", "[routes][P1]") {
  run q(only({"cloud/large"}));
  q.targets[q.find("cloud/large")].parked = {park_reason::rate_limited, q.now + millis{2'500}};
  const auto s = q.next();
  REQUIRE(s.kind == step_kind::wait);
  CHECK(s.delay == millis{2'500});
  q.now += s.delay;
  q.expect("cloud/large");
}

TEST_CASE("a longer 429 park is answered with 429 and the shortest Retry-After", "[routes][P1]") {
  run q(only({"phone/small", "cloud/large"}));
  q.targets[q.find("phone/small")].parked = {park_reason::rate_limited, q.now + millis{9'000}};
  q.targets[q.find("cloud/large")].parked = {park_reason::rate_limited, q.now + millis{8'000}};
  CHECK(q.expect_end(429, "rate_limited").retry_after == millis{8'000});
}

TEST_CASE("parks of a refused key or a spent quota are never broken", "[routes][P4]") {
  run refused(only({"cloud/large"}));
  refused.targets[refused.find("cloud/large")].parked = {park_reason::auth, instant::max()};
  refused.expect_end(502, "provider_auth");
  run spent(only({"cloud/large"}));
  spent.targets[spent.find("cloud/large")].parked = {park_reason::exhausted, instant::max()};
  spent.expect_end(503, "no_target_available");
}

TEST_CASE("an absent target is never tried", "[routes]") {
  run q(only({"cloud/large"}));
  q.targets[q.find("cloud/large")].absent = true;
  CHECK(contains(q.expect_end(503, "no_target_available").message, "cloud/large: not tried, absent"));
}

TEST_CASE("a full queue is waited for as long as the provider's queue says", "[routes][P1]") {
  auto c = only({"homelab/middle"});
  c.providers[1].queue = config::queue_config{8, millis{100}};
  run q(c);
  q.targets[q.find("homelab/middle")].queue_full = true;
  const auto start = q.now;
  auto s = q.next();
  while (s.kind == step_kind::wait) {
    q.now += s.delay;
    s = q.next();
  }
  CHECK(q.now - start == millis{100});
  CHECK(s.status == 503);
  CHECK(s.retry_after);
}

TEST_CASE("a guard that closes between attempts keeps its targets away for good", "[routes][P3]") {
  auto c = three_tiers();
  auto g = guard("no-bills", when("metered", {flag(true)}));
  g.deny = {tiers({tier::remote})};
  c.guards = {g};
  run q(c);
  q.now_true.metered = false;
  q.evaluate();
  REQUIRE(q.out.size == 3);
  q.sequence.emplace(*q.rules, q.out, q.now, std::nullopt);
  q.expect_and_fail("phone/small", seen(error_kind::timeout));
  q.now_true.metered = std::nullopt;
  q.expect_and_fail("homelab/middle", seen(error_kind::server_error));
  q.now_true.metered = false;
  q.expect_and_fail("homelab/middle", seen(error_kind::server_error));
  const auto s = q.expect_end(502, "all_attempts_failed");
  CHECK(contains(s.message, "cloud/large: not tried, a guard took it away"));
}

TEST_CASE("a guard that closes on a stale connection stops the second try", "[routes][P3]") {
  auto c = only({"cloud/large"});
  auto g = guard("no-bills", when("metered", {flag(true)}));
  g.deny = {tiers({tier::remote})};
  c.guards = {g};
  run q(c);
  q.now_true.metered = false;
  q.evaluate();
  q.sequence.emplace(*q.rules, q.out, q.now, std::nullopt);
  q.expect_and_fail("cloud/large", seen(error_kind::stale));
  q.now_true.metered = true;
  const auto s = q.expect_end(403, "guard");
  CHECK(contains(s.message, "guard no-bills"));
}

TEST_CASE("an empty plan ends as its refusal", "[routes]") {
  auto c = three_tiers();
  auto g = guard("nothing", {});
  g.deny = {tiers({tier::device, tier::self_hosted, tier::remote})};
  c.guards = {g};
  run q(c);
  q.expect_end(403, "guard");
  q.asked.model = "nobody";
  q.evaluate();
  q.sequence.emplace(*q.rules, q.out, q.now, std::nullopt);
  q.expect_end(404, "model_not_found");
}
