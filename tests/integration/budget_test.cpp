// Queries that run at once cannot overspend together: a budget that fits exactly so many answers gives
// exactly so many, and the ledger is what the upstream bills.
#include "tests/integration/bill_check.hpp"
#include "tests/integration/dialect_client.hpp"

#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <random>
#include <thread>

namespace nearfar::tests {
namespace {

constexpr unsigned clients = 64;
constexpr unsigned seeds = 20;

// Clocks that no busy machine runs into.
constexpr std::string_view patient = "first_token: 120s, stall: 120s";
constexpr std::string_view patient_answer = "{device: 120s, self_hosted: 120s, remote: 120s}";

struct trial {
  unsigned seed = 0;
  unsigned fits = 0;    // so many answers
  unsigned tokens = 0;  // of each
  gateway::nano_usd token_price = 0;
  gateway::nano_usd budget() const { return token_price * tokens * fits; }
};

std::string usd(gateway::nano_usd amount) {
  return fmt::format("{}.{:09} USD", amount / 1'000'000'000, amount % 1'000'000'000);
}

trial trial_of(unsigned seed, std::mt19937& random) {
  trial out;
  out.seed = seed;
  out.fits = 1 + random() % (clients - 1);
  out.tokens = 5 + random() % 20;
  out.token_price = 10 * (1 + random() % 400);  // 0.01 to 4 USD per million
  return out;
}

policy_text policy_of(const trial& t) {
  policy_text out;
  out.threads = 2;
  out.models = "  auto: [homelab/medium]\n";
  out.attempts = patient;
  out.answer = patient_answer;
  out.self_hosted_price = fmt::format("{{input: 0 USD/M, output: {}.{:02} USD/M}}", t.token_price / 1000,
                                      t.token_price % 1000 / 10);
  out.more = fmt::format("limits:\n  - {{name: spend, of: cost, max: {}, per: month}}\n", usd(t.budget()));
  return out;
}

struct asked_query {
  short_query query;
  millis after{0};
  http_answer answer;
};

std::vector<asked_query> queries_of(const trial& t, std::mt19937& random) {
  std::vector<asked_query> out(clients);
  for (auto& one : out) {
    one.query.in = client_dialects[random() % client_dialects.size()];
    one.query.how = random() % 2 == 0 ? asking::whole : asking::streamed;
    one.query.max_tokens = t.tokens;
    one.after = millis{random() % 3 == 0 ? random() % 40 : 0};
  }
  return out;
}

void ask_all(const gateway_under_test& gw, std::vector<asked_query>& queries) {
  std::vector<std::thread> threads;
  threads.reserve(queries.size());
  for (auto& one : queries) {
    threads.emplace_back([&gw, &one] {
      std::this_thread::sleep_for(one.after);
      try {
        one.answer = ask(gw, one.query);
      } catch (const std::exception& e) {
        one.answer.body = e.what();
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

behaviour answer_of(const trial& t, std::mt19937& random) {
  behaviour b;
  b.tokens = t.tokens;
  b.token_bytes = 4;
  b.head_delay = millis{random() % 20};
  b.token_delay = millis{random() % 3};
  return b;
}

TEST_CASE("64 clients at once spend a budget to the last digit, and nothing beyond it", "[P4]") {
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    std::mt19937 random(seed);
    const auto t = trial_of(seed, random);
    auto queries = queries_of(t, random);
    gateway_under_test gw(policy_of(t));
    gw.self_hosted.set_default(answer_of(t, random));
    ask_all(gw, queries);

    INFO(fmt::format("seed {}: {} answers of {} tokens at {} nano-USD fit", seed, t.fits, t.tokens,
                     t.token_price));
    unsigned served = 0;
    for (const auto& one : queries) {
      INFO(fmt::format("{} {}: {}", config::to_string(one.query.in),
                       one.query.how == asking::whole ? "whole" : "streamed", one.answer.body));
      if (one.answer.status == 200) {
        ++served;
        CHECK(one.answer.complete);
        continue;
      }
      REQUIRE(one.answer.status == 402);
      const auto heard = hear_refusal(one.query.in, one.answer.body);
      CHECK(heard.kind == word_for(one.query.in, 402));
      CHECK(heard.message.find("spend") != std::string::npos);
    }
    CHECK(served == t.fits);
    CHECK(gw.self_hosted.counters().requests == t.fits);
    REQUIRE(settled(gw));
    const auto account = account_of(gw, "spend/month", t.budget());
    CHECK(account.used == t.budget());
    CHECK(account.reserved == 0);
    const auto sums = ledger_sums(ledger_rows(gw));
    CHECK(sums.cost == t.budget());
    CHECK(sums.output == doubles_bill(gw).completion);
    CHECK(static_cast<gateway::nano_usd>(doubles_bill(gw).completion) * t.token_price == t.budget());
  }
}

}  // namespace
}  // namespace nearfar::tests
