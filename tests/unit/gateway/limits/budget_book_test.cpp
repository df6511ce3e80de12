// A budget is kept to the last digit, however many ask at once.
#include "gateway/limits/budget_book.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <random>
#include <thread>

using namespace nearfar::gateway;

namespace {

constexpr std::int64_t noon = 1'795'348'800;  // 2026-11-22T12:00:00Z

claim of_day(std::string account, std::int64_t max, std::int64_t amount) {
  return {std::move(account), max, amount, config::period::day, 0};
}

std::int64_t used(budget_book& book, const std::string& account, std::int64_t now = noon) {
  for (const auto& one : book.view(now)) {
    if (one.account == account) return one.used;
  }
  return 0;
}

}  // namespace

TEST_CASE("what fits exactly fits, and not one more", "[P4]") {
  budget_book book;
  const std::vector one{of_day("anna", 100, 25)};
  std::vector<reservation> held(4);
  for (auto& r : held) CHECK_FALSE(book.reserve(one, noon, r));
  reservation fifth;
  const auto over = book.reserve(one, noon, fifth);
  REQUIRE(over.has_value());
  CHECK(over->reserved == 100);
  CHECK(over->until == 1'795'392'000);  // midnight
  CHECK(fifth.empty());
  for (auto& r : held) book.settle(r, std::vector<std::int64_t>{25}, noon);
  CHECK(book.reserve(one, noon, fifth).has_value());
  CHECK(used(book, "anna") == 100);
}

TEST_CASE("what was reserved and not used is there again, and overshoot counts", "[P4]") {
  budget_book book;
  reservation held;
  CHECK_FALSE(book.reserve(std::vector{of_day("a", 100, 90)}, noon, held));
  book.settle(held, std::vector<std::int64_t>{10}, noon);
  CHECK_FALSE(book.reserve(std::vector{of_day("a", 100, 90)}, noon, held));
  book.settle(held, std::vector<std::int64_t>{130}, noon);
  CHECK(used(book, "a") == 140);
  CHECK(book.look(std::vector{of_day("a", 100, 0)}, noon) == std::nullopt);
  CHECK(book.look(std::vector{of_day("a", 100, 1)}, noon).has_value());
  CHECK_FALSE(book.reserve(std::vector{of_day("b", 100, 100)}, noon, held));
  book.release(held);
  CHECK(used(book, "b") == 0);
  CHECK_FALSE(book.look(std::vector{of_day("b", 100, 100)}, noon));
}

TEST_CASE("all claims or none", "[P4]") {
  budget_book book;
  reservation held;
  const std::vector both{of_day("key", 100, 10), of_day("team", 5, 10)};
  const auto over = book.reserve(both, noon, held);
  REQUIRE(over.has_value());
  CHECK(over->which == 1);
  CHECK_FALSE(book.look(std::vector{of_day("key", 100, 100)}, noon));
}

TEST_CASE("a new window begins at its zone's midnight, and a clock set back forgives nothing", "[P4]") {
  budget_book book;
  auto berlin = of_day("a", 100, 100);
  berlin.offset = 3600;
  reservation held;
  const std::int64_t before = 1'795'388'399;  // 22:59:59Z, 23:59:59 there
  CHECK_FALSE(book.reserve(std::vector{berlin}, before, held));
  book.settle(held, std::vector<std::int64_t>{100}, before);
  CHECK(book.look(std::vector{berlin}, before).has_value());
  CHECK(book.look(std::vector{berlin}, before - 90'000).has_value());
  CHECK_FALSE(book.look(std::vector{berlin}, before + 1));
}

TEST_CASE("a query that ends in the next window is paid there", "[P4]") {
  budget_book book;
  reservation held;
  const std::vector minute{claim{"a", 100, 60, config::period::minute, 0}};
  CHECK_FALSE(book.reserve(minute, noon + 59, held));
  reservation second;
  // Still spoken for, though its window is over.
  CHECK(book.reserve(minute, noon + 60, second).has_value());
  book.settle(held, std::vector<std::int64_t>{70}, noon + 61);
  CHECK(used(book, "a", noon + 61) == 70);
}

TEST_CASE("what runs at once is given back when it ends") {
  budget_book book;
  const std::vector two{claim{"streams", 2, 1, std::nullopt, 0}};
  std::vector<reservation> held(2);
  for (auto& r : held) CHECK_FALSE(book.reserve(two, noon, r));
  reservation third;
  const auto over = book.reserve(two, noon, third);
  REQUIRE(over.has_value());
  CHECK(over->until == 0);
  book.settle(held[0], {}, noon);
  CHECK_FALSE(book.reserve(two, noon, third));
}

TEST_CASE("months are the calendar's") {
  const auto february = window_at(config::period::month, 1'709'200'000, 0);  // 2024-02-29
  CHECK(february.begin == 1'706'745'600);
  CHECK(february.end - february.begin == 29 * 86'400);
  const auto december = window_at(config::period::month, 1'798'700'000, 0);
  CHECK(december.end == 1'798'761'600);  // 2027-01-01
}

TEST_CASE("64 who ask at once are let through exactly as often as the budget fits", "[P4]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    budget_book book;
    constexpr std::int64_t price = 137;
    const std::int64_t fits = 40 + static_cast<std::int64_t>(seed);
    std::atomic<std::int64_t> served{0};
    std::vector<std::thread> clients;
    for (int c = 0; c < 64; ++c) {
      clients.emplace_back([&, c] {
        std::mt19937_64 random(seed * 1000 + static_cast<std::uint64_t>(c));
        const std::vector one{of_day("all", fits * price + price - 1, price)};
        for (int i = 0; i < 4; ++i) {
          reservation held;
          if (book.reserve(one, noon, held)) continue;
          if (random() % 4 == 0) {
            book.release(held);  // cancelled before anything was sent
          } else {
            book.settle(held, std::vector<std::int64_t>{price}, noon);
            served.fetch_add(1);
          }
        }
      });
    }
    for (auto& c : clients) c.join();
    CHECK(served.load() <= fits);
    CHECK(used(book, "all") == served.load() * price);
    // Nobody holds anything any more: the rest still fits, to the last one.
    reservation held;
    for (auto left = fits - served.load(); left > 0; --left) {
      CHECK_FALSE(book.reserve(std::vector{of_day("all", fits * price + price - 1, price)}, noon, held));
    }
    CHECK(book.reserve(std::vector{of_day("all", fits * price + price - 1, price)}, noon, held).has_value());
  }
}

TEST_CASE("what a start reads back counts, and what is over is tidied away") {
  budget_book book;
  book.restore(of_day("a", 100, 0), 99, noon);
  CHECK(book.look(std::vector{of_day("a", 100, 2)}, noon).has_value());
  book.tidy(noon);
  CHECK(book.view(noon).size() == 1);
  book.tidy(noon + 86'400);
  CHECK(book.view(noon).empty());
}
