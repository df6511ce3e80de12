// Each token is paid once, at the price of its kind.
#include "gateway/ledger/cost.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar;
using gateway::cost_of;
using gateway::nano_usd;

namespace {

config::token_prices sonnet() {
  config::token_prices out;
  out.input = 3;
  out.output = 15;
  out.cached = 0.3;
  out.cache_write = 3.75;
  out.steps = config::read_price_steps(">200k: in 6 out 22.5 cached 0.6");
  return out;
}

providers::usage used(std::uint64_t input, std::uint64_t output, std::uint64_t cached = 0,
                      std::uint64_t written = 0) {
  providers::usage out;
  out.input = input;
  out.output = output;
  out.cached = cached;
  out.cache_write = written;
  return out;
}

// USD of a million tokens each are thousands of nano dollars a token.
constexpr nano_usd per_token(double usd_per_million) {
  return static_cast<nano_usd>(usd_per_million * 1000);
}

}  // namespace

TEST_CASE("cached and written tokens are paid once, not twice", "[P4]") {
  const auto p = sonnet();
  CHECK(cost_of(p, used(1000, 100)) == 1000 * per_token(3) + 100 * per_token(15));
  CHECK(cost_of(p, used(1000, 100, 600, 300)) ==
        100 * per_token(3) + 600 * per_token(0.3) + 300 * per_token(3.75) + 100 * per_token(15));
  // More cached than sent, as one vendor has reported: never less than nothing.
  CHECK(cost_of(p, used(100, 0, 250)) == 100 * per_token(0.3));
}

TEST_CASE("a long prompt costs its step's price for all of the call", "[P4]") {
  const auto p = sonnet();
  CHECK(cost_of(p, used(200'000, 10)) == 200'000 * per_token(3) + 10 * per_token(15));
  CHECK(cost_of(p, used(200'001, 10)) == 200'001 * per_token(6) + 10 * per_token(22.5));
  CHECK(cost_of(p, used(300'000, 0, 300'000)) == 300'000 * per_token(0.6));
  CHECK(cost_of(p, used(300'000, 0, 0, 300'000)) == 300'000 * per_token(7.5));
}

TEST_CASE("what is free costs nothing, and an unknown price is no price", "[P4]") {
  config::token_prices free;
  free.free = true;
  CHECK(cost_of(free, used(5, 5)) == 0);
  config::token_prices half;
  half.input = 1;
  CHECK_FALSE(cost_of(half, used(5, 5)));
  CHECK(cost_of(half, used(5, 0)) == 5 * per_token(1));
  CHECK(cost_of(config::token_prices{}, used(0, 0)) == 0);
}

TEST_CASE("a price per request is paid once by each call that used anything", "[P4]") {
  auto p = sonnet();
  p.request = 0.01;
  constexpr nano_usd request = 10'000'000;
  CHECK(cost_of(p, used(1000, 100)) == 1000 * per_token(3) + 100 * per_token(15) + request);
  CHECK(cost_of(p, used(0, 0)) == 0);
  CHECK(gateway::most_of(p, 0, 0) == request);
  CHECK(*gateway::most_of(p, 1000, 100) >= *cost_of(p, used(1000, 100)));
  p.free = true;
  CHECK(cost_of(p, used(5, 5)) == 0);
}

TEST_CASE("a reservation is never below what can come", "[P4]") {
  const auto p = sonnet();
  for (const std::uint64_t input : {1ULL, 999ULL, 199'999ULL, 250'000ULL}) {
    for (const std::uint64_t output : {0ULL, 1ULL, 4096ULL}) {
      const auto most = gateway::most_of(p, input, output);
      CHECK(*most >= *cost_of(p, used(input, output)));
      CHECK(*most >= *cost_of(p, used(input, output, input)));
      CHECK(*most >= *cost_of(p, used(input, output, 0, input)));
      auto for_an_hour = used(input, output, 0, input);
      for_an_hour.cache_write_long = input;
      CHECK(*most >= *cost_of(p, for_an_hour));
    }
  }
}

TEST_CASE("money is rounded up, and no amount wraps") {
  CHECK(gateway::from_usd(0.000'000'000'4) == 1);
  CHECK(gateway::from_usd(1) == 1'000'000'000);
  CHECK(gateway::from_usd(-5) == 0);
  CHECK(gateway::from_usd(1e300) == gateway::most_money);
}
