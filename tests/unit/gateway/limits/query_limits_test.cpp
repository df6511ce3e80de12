// Which limits bear on a query, whom a full account takes away, and what is held meanwhile.
#include "gateway/limits/query_limits.hpp"
#include "config/load.hpp"
#include "gateway/limits/limit_words.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace nearfar;
using namespace nearfar::gateway;
using routes::none_index;

namespace {

constexpr std::int64_t noon = 1'795'348'800;  // 2026-11-22T12:00:00Z

constexpr std::string_view providers = R"(version: 1
tags: [voice, batch]
providers:
  phone: {tier: device, preset: llama-server, url: "http://127.0.0.1:1", models: {small: {context: 4k}}}
  far:
    tier: remote
    preset: openai-compatible
    url: "https://far.example"
    key: {env: FAR}
    models:
      best: {price: {input: 0 USD/M, output: 10 USD/M}}
      odd: {}
models:
  auto: [far/best, far/odd, phone/small]
limits:
)";

struct desk {
  explicit desk(std::string_view limits) : rules(policy_of(limits)) {
    asked.model = "auto";
    asked.output_tokens = 100;  // 1,000,000 nano-USD at far/best
    snapshots.resize(3);
  }

  static std::shared_ptr<const routes::policy> policy_of(std::string_view limits) {
    auto loaded = config::load_text(std::string(providers) + std::string(limits), "test.yaml", "/");
    INFO(loaded.found.render(config::diagnostics::style::plain));
    REQUIRE(loaded.value);
    auto policy = routes::policy::compile(loaded.value, loaded.found);
    REQUIRE(policy);
    return policy;
  }

  void begin(query_limits& of) {
    of.begin(book,
             {.rules = *rules, .asked = asked, .now_true = seen, .zones = {}, .key = key, .most = most});
  }
  void look(query_limits& of, std::int64_t now = noon) {
    snapshots.assign(3, {});
    of.look(all, asked, now, snapshots);
  }
  std::uint16_t over(std::string_view target) const { return snapshots[index(target)].over_limit; }
  routes::target_index index(std::string_view target) const {
    const auto at = std::ranges::find(rules->targets(), target, &routes::target::name);
    return static_cast<routes::target_index>(at - rules->targets().begin());
  }
  bool reserve(query_limits& of, std::string_view target, attempt_hold& out, std::int64_t now = noon) {
    return of.reserve(index(target), asked, {}, now, out);
  }
  std::int64_t used(std::string_view account) {
    for (const auto& one : book.view(noon)) {
      if (one.account == account) return one.used;
    }
    return -1;
  }

  std::shared_ptr<const routes::policy> rules;
  routes::query asked;
  routes::facts seen;
  const key_record* key = nullptr;
  std::optional<nano_usd> most;
  budget_book book;
  std::vector<routes::target_index> all{0, 1, 2};
  std::vector<routes::target_snapshot> snapshots;
};

constexpr nano_usd one_answer = 1'000'000;

}  // namespace

TEST_CASE("a spent budget leaves what costs nothing, and a price that is not known is no room", "[P4]") {
  desk d("  - {name: daily, of: cost, max: 0.002 USD, per: day}\n");
  query_limits first;
  d.begin(first);
  d.look(first);
  CHECK(d.over("far/best") == none_index);
  CHECK(d.over("far/odd") == routes::unpriced_limit);
  CHECK(d.over("phone/small") == none_index);
  attempt_hold held;
  REQUIRE(d.reserve(first, "far/best", held));
  attempt_hold again;
  REQUIRE(d.reserve(first, "far/best", again));
  query_limits second;
  d.begin(second);
  d.look(second);
  CHECK(d.over("far/best") == 0);
  CHECK(d.over("phone/small") == none_index);
  attempt_hold third;
  CHECK_FALSE(d.reserve(second, "far/best", third));
  CHECK(d.reserve(second, "phone/small", third));
  REQUIRE(second.shortage());
  CHECK(second.shortage()->where.name == "daily");
  CHECK(second.shortage()->wanted == one_answer);
  first.settle(held, one_answer, 100, noon);
  first.settle(again, 200, 1, noon);
  CHECK(d.used("daily/day") == one_answer + 200);
  second.settle(third, 0, 50, noon);
  first.end(noon);
  second.end(noon);
  CHECK(d.used("daily/day") == one_answer + 200);
}

TEST_CASE("`then` says whom a full account takes away; the others go on and are counted", "[P4]") {
  desk d("  - {name: few, of: requests, max: 1, per: minute, then: {deny: {tier: remote}}}\n");
  query_limits first;
  d.begin(first);
  attempt_hold held;
  REQUIRE(d.reserve(first, "far/best", held));
  query_limits second;
  d.begin(second);
  d.look(second);
  CHECK(d.over("far/best") == 0);
  CHECK(d.over("phone/small") == none_index);
  attempt_hold over;
  REQUIRE(d.reserve(second, "phone/small", over));
  first.settle(held, 0, 0, noon);
  first.end(noon);
  second.settle(over, 0, 0, noon);
  second.end(noon);
  CHECK(d.used("few/minute:requests") == 2);
}

TEST_CASE("a query is counted once, however often it is attempted") {
  desk d("  - {name: few, of: requests, max: 1, per: minute}\n  - {name: at-once, of: concurrent, max: 1}\n");
  query_limits one;
  d.begin(one);
  attempt_hold held;
  REQUIRE(d.reserve(one, "far/best", held));
  one.settle(held, 0, 0, noon);
  d.look(one);
  CHECK(d.over("phone/small") == none_index);
  REQUIRE(d.reserve(one, "phone/small", held));
  CHECK(d.used("few/minute:requests") == 1);
  query_limits other;
  d.begin(other);
  d.look(other);
  CHECK(d.over("phone/small") == 0);
  d.look(other, noon + 60);
  CHECK(d.over("phone/small") == 1);  // still running
  one.settle(held, 0, 0, noon);
  one.end(noon);
  d.look(other, noon + 60);
  CHECK(d.over("phone/small") == none_index);
}

TEST_CASE("a query that begins no attempt is not counted") {
  desk d("  - {name: few, of: requests, max: 1, per: minute}\n");
  query_limits one;
  d.begin(one);
  d.look(one);
  one.end(noon);
  CHECK(d.used("few/minute:requests") == -1);
}

TEST_CASE("whose account it is") {
  desk d(
      "  - {name: a, of: requests, max: 9, per: day, by: key}\n"
      "  - {name: b, of: requests, max: 9, per: day, by: team}\n"
      "  - {name: c, of: requests, max: 9, per: day, by: tag}\n"
      "  - {name: d, of: requests, max: 9, per: day, by: model}\n"
      "  - {name: e, of: requests, max: 9, per: day, by: tier}\n");
  d.asked.key = "anna";
  d.asked.team = "glasses";
  d.asked.tag = "voice";
  query_limits one;
  d.begin(one);
  attempt_hold held;
  REQUIRE(d.reserve(one, "phone/small", held));
  one.settle(held, 0, 0, noon);
  one.end(noon);
  CHECK(d.used("a/day:requests key=anna") == 1);
  CHECK(d.used("b/day:requests team=glasses") == 1);
  CHECK(d.used("c/day:requests tag=voice") == 1);
  CHECK(d.used("d/day:requests model=auto") == 1);
  CHECK(d.used("e/day:requests tier=device") == 1);
  CHECK(d.used("e/day:requests tier=remote") == -1);
  CHECK(one.names() == "a,b,c,d,e");
}

TEST_CASE("a connection over which another key asks bills that key") {
  desk d("  - {name: a, of: requests, max: 9, per: day, by: key}\n");
  query_limits one;
  attempt_hold held;
  for (const auto* key : {"anna", "bert", "anna", "annabella"}) {
    d.asked.key = key;
    d.begin(one);
    d.look(one);
    REQUIRE(d.reserve(one, "phone/small", held));
    one.settle(held, 0, 0, noon);
    one.end(noon);
  }
  CHECK(d.used("a/day:requests key=anna") == 2);
  CHECK(d.used("a/day:requests key=bert") == 1);
  CHECK(d.used("a/day:requests key=annabella") == 1);
}

TEST_CASE("a limit that counts something else from now on begins anew") {
  desk d("  - {name: a, of: cost, max: 1 USD, per: day}\n");
  query_limits before;
  d.begin(before);
  attempt_hold held;
  REQUIRE(d.reserve(before, "far/best", held));
  before.settle(held, 700'000, 70, noon);
  d.rules = desk::policy_of("  - {name: a, of: tokens, max: 1000, per: day}\n");
  query_limits after;
  d.begin(after);
  d.look(after);
  CHECK(d.over("far/best") == none_index);
  REQUIRE(d.reserve(after, "far/best", held));
  after.settle(held, 700'000, 70, noon);
  CHECK(d.used("a/day") == 700'000);
  CHECK(d.used("a/day:tokens") == 70);
}

TEST_CASE("a `when` that is unknown counts, and one that is false does not") {
  desk d(
      "  - {name: roaming, of: requests, max: 1, per: day, when: {roaming: true}}\n"
      "  - {name: batch, of: requests, max: 1, per: day, when: {tag: batch}}\n");
  query_limits one;
  d.begin(one);
  CHECK(one.names() == "roaming");
}

TEST_CASE("the key's own budget and rate, and what the client lets it cost", "[P4]") {
  desk d("  - {name: never-full, of: cost, max: 100 USD, per: day}\n");
  key_record anna;
  anna.name = "anna";
  anna.budget = key_budget{one_answer, config::period::month};
  anna.rate = key_rate{2, config::period::minute};
  d.key = &anna;
  d.asked.key = anna.name;
  query_limits one;
  d.begin(one);
  attempt_hold held;
  REQUIRE(d.reserve(one, "far/best", held));
  one.settle(held, one_answer, 100, noon);
  one.end(noon);
  CHECK(d.used(":budget/month key=anna") == one_answer);
  query_limits two;
  d.begin(two);
  d.look(two);
  CHECK(d.over("far/best") == routes::key_budget_limit);
  REQUIRE(d.reserve(two, "phone/small", held));
  two.settle(held, 0, 0, noon);
  two.end(noon);
  query_limits three;
  d.begin(three);
  d.look(three);
  CHECK(d.over("phone/small") == routes::key_rate_limit);

  d.key = nullptr;
  d.most = one_answer - 1;
  query_limits four;
  d.begin(four);
  d.look(four);
  CHECK(d.over("far/best") == routes::query_cost_limit);
  CHECK(d.over("far/odd") == routes::unpriced_limit);
  CHECK(d.over("phone/small") == none_index);
}

TEST_CASE("what one attempt has cost is gone for the next of the same query", "[P4]") {
  desk d("  []\n");
  d.most = one_answer + 5;
  query_limits one;
  d.begin(one);
  attempt_hold held;
  REQUIRE(d.reserve(one, "far/best", held));
  attempt_hold racing;
  CHECK_FALSE(d.reserve(one, "far/best", racing));
  one.settle(held, 5, 0, noon);
  CHECK(d.reserve(one, "far/best", racing));
  one.settle(racing, 6, 0, noon);
  d.look(one);
  CHECK(d.over("far/best") == routes::query_cost_limit);
}

TEST_CASE("a refusal says which limit, how much and until when") {
  desk d("  - {name: daily, of: cost, max: 0.0015 USD, per: day}\n");
  query_limits one;
  d.begin(one);
  attempt_hold held;
  REQUIRE(d.reserve(one, "far/best", held));
  one.settle(held, 700'000, 70, noon);
  d.look(one);
  REQUIRE(one.shortage());
  CHECK(shortage_text(*one.shortage(), *d.rules) ==
        "limit `daily`: 0.0015 USD per day, 0.0007 USD spent; this one may take 0.001 USD at far/best. It "
        "begins "
        "anew at 2026-11-23T00:00:00Z.");
  CHECK_FALSE(shortage_wait(*one.shortage(), noon));
}

TEST_CASE("a rate says when to come back, in each dialect's own header names") {
  desk d("  - {name: few, of: requests, max: 1, per: minute}\n");
  query_limits one;
  d.begin(one);
  attempt_hold held;
  REQUIRE(d.reserve(one, "far/best", held));
  one.settle(held, 0, 0, noon);
  one.end(noon);
  query_limits two;
  d.begin(two);
  d.look(two, noon + 18);
  REQUIRE(two.shortage());
  CHECK(shortage_wait(*two.shortage(), noon + 18) == std::chrono::seconds(42));
  std::string openai;
  add_pacing_fields(two, config::dialect::openai_chat, noon + 18, openai);
  CHECK(openai ==
        "x-ratelimit-limit-requests: 1\r\nx-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: "
        "42s\r\n");
  std::string anthropic;
  add_pacing_fields(two, config::dialect::anthropic_messages, noon + 18, anthropic);
  CHECK(anthropic ==
        "anthropic-ratelimit-requests-limit: 1\r\nanthropic-ratelimit-requests-remaining: 0\r\n"
        "anthropic-ratelimit-requests-reset: 2026-11-22T12:01:00Z\r\n");
  std::string gemini;
  add_pacing_fields(two, config::dialect::gemini, noon, gemini);
  CHECK(gemini.empty());
}

TEST_CASE("what no account can hold is said to be too much, not to come back for") {
  desk d("  - {name: small, of: tokens, max: 50, per: minute}\n");
  query_limits one;
  d.begin(one);
  d.look(one);
  REQUIRE(one.shortage());
  CHECK_FALSE(shortage_wait(*one.shortage(), noon));
  CHECK(shortage_text(*one.shortage(), *d.rules).find("more than fits into an empty one") !=
        std::string::npos);
}

TEST_CASE("what an attempt held that nobody settled does not bear on the next one", "[P4]") {
  desk d(
      "  - {name: daily, of: cost, max: 0.003 USD, per: day}\n"
      "  - {name: streams, of: concurrent, max: 1}\n");
  query_limits kept;  // with its session
  attempt_hold held;
  d.begin(kept);
  d.look(kept);
  REQUIRE(d.reserve(kept, "far/best", held));
  // The coroutine of the query died of an exception; the next one of the session has the same memory.
  d.begin(kept);
  d.look(kept);
  CHECK(d.over("far/best") == none_index);
  REQUIRE(d.reserve(kept, "far/best", held));
  kept.settle(held, 10, 1, noon);
  kept.end(noon);
  CHECK(d.used("daily/day") == one_answer + 10);
  {
    query_limits other;
    attempt_hold lost;
    d.begin(other);
    d.look(other);
    REQUIRE(d.reserve(other, "far/best", lost));
  }
  CHECK(d.used("daily/day") == 2 * one_answer + 10);
  for (const auto& one : d.book.view(noon)) CHECK(one.reserved == 0);
}

TEST_CASE("who is refused for a price that is not known reads which limit made it matter", "[P4][P5]") {
  desk d(
      "  - {name: bursts, of: requests, max: 1, per: minute}\n"
      "  - {name: daily, of: cost, max: 5 USD, per: day}\n");
  query_limits one;
  d.begin(one);
  d.look(one);
  CHECK(d.over("far/odd") == routes::unpriced_limit);
  REQUIRE(one.unpriced());
  CHECK(unpriced_text(one.unpriced()->where, one.unpriced()->target, *d.rules) ==
        "limit `daily`: 5 USD per day; what far/odd costs is not known, so nothing can be held against it.");
  d.most = one_answer;
  query_limits bounded;
  d.begin(bounded);
  d.look(bounded);
  REQUIRE(bounded.unpriced());
  CHECK(unpriced_text(bounded.unpriced()->where, bounded.unpriced()->target, *d.rules)
            .starts_with("x-nearfar-max-cost-usd: 0.001 USD; what far/odd costs"));
  d.all = {d.index("phone/small")};
  d.look(bounded);
  CHECK_FALSE(bounded.unpriced());
}

TEST_CASE("one is one, and sentences begin as sentences do") {
  desk d(
      "  - {name: bursts, of: requests, max: 1, per: minute}\n"
      "  - {name: streams, of: concurrent, max: 1}\n");
  query_limits one;
  attempt_hold held;
  d.begin(one);
  d.look(one);
  REQUIRE(d.reserve(one, "phone/small", held));
  query_limits next;
  d.begin(next);
  d.look(next);
  REQUIRE(next.shortage());
  CHECK(
      shortage_text(*next.shortage(), *d.rules) ==
      "limit `bursts`: 1 request per minute, 1 request used; this one may take 1 request at phone/small. It "
      "begins anew at 2026-11-22T12:01:00Z.");
  d.look(next, noon + 60);
  REQUIRE(next.shortage());
  CHECK(shortage_text(*next.shortage(), *d.rules) ==
        "limit `streams`: 1 query at once, and 1 runs now. There is room again when it ends.");
  one.end(noon);
  CHECK(sentences("One.", "no budget is left for `a`.") == "One. No budget is left for `a`.");
  CHECK(sentences("One.", "far/best: parked") == "One. far/best: parked");
  CHECK(sentences("One.", "phone") == "One. phone");
  CHECK(sentences("One.", "") == "One. ");
}
