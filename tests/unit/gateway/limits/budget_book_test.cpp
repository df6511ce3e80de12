// A budget is kept to the last digit, however many ask at once.
#include "gateway/limits/budget_book.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <limits>
#include <new>
#include <random>
#include <thread>

using namespace nearfar::gateway;
using nearfar::config::limit_of;
using nearfar::config::period;

namespace {

constexpr std::int64_t noon = 1'795'348'800;  // 2026-11-22T12:00:00Z

account_terms of_day(std::string name, std::int64_t max) {
  return {std::move(name), limit_of::cost, max, period::day, {}};
}

bool take(budget_book& book, const account_terms& from, std::int64_t amount, reservation& out,
          std::int64_t now = noon) {
  const claim one{&from, amount};
  return book.reserve({&one, 1}, now, out);
}

account_room room_of(budget_book& book, const account_terms& of, std::int64_t now = noon) {
  std::vector<account_room> out;
  book.look({&of, 1}, now, out);
  return out.front();
}

}  // namespace

TEST_CASE("what fits exactly fits, and not one more", "[P4]") {
  budget_book book;
  const auto anna = of_day("anna", 100);
  std::vector<reservation> held(4);
  for (auto& r : held) CHECK(take(book, anna, 25, r));
  reservation fifth;
  CHECK_FALSE(take(book, anna, 25, fifth));
  CHECK(fifth.empty());
  const auto room = room_of(book, anna);
  CHECK(room.reserved == 100);
  CHECK(room.until == 1'795'392'000);  // midnight
  CHECK_FALSE(room.takes(100, 1));
  CHECK(room.takes(100, 0));
  for (auto& r : held) book.settle(r, {.cost = 25}, noon);
  CHECK_FALSE(take(book, anna, 25, fifth));
  CHECK(room_of(book, anna).used == 100);
}

TEST_CASE("what was reserved and not used is there again, and overshoot counts", "[P4]") {
  budget_book book;
  const auto a = of_day("a", 100);
  reservation held;
  CHECK(take(book, a, 90, held));
  book.settle(held, {.cost = 10}, noon);
  CHECK(take(book, a, 90, held));
  book.settle(held, {.cost = 130}, noon);
  CHECK(room_of(book, a).used == 140);
  CHECK(room_of(book, a).takes(100, 0));
  CHECK_FALSE(room_of(book, a).takes(100, 1));
  const auto b = of_day("b", 100);
  CHECK(take(book, b, 100, held));
  book.release(held);
  CHECK(room_of(book, b).used == 0);
  CHECK(room_of(book, b).takes(100, 100));
}

TEST_CASE("all claims or none, and who goes over the limit is counted", "[P4]") {
  budget_book book;
  const auto key = of_day("key", 100);
  const auto team = of_day("team", 5);
  reservation held;
  const std::vector<claim> both{{&key, 10}, {&team, 10}};
  CHECK_FALSE(book.reserve(both, noon, held));
  CHECK(room_of(book, key).reserved == 0);
  const std::vector<claim> anyway{{&key, 10}, {&team, 10, true}};
  CHECK(book.reserve(anyway, noon, held));
  book.settle(held, {.cost = 7}, noon);
  CHECK(room_of(book, key).used == 7);
  CHECK(room_of(book, team).used == 7);
}

TEST_CASE("each account is settled in what it counts", "[P4]") {
  budget_book book;
  const auto cost = of_day("cost", 100);
  const account_terms tokens{"tokens", limit_of::tokens, 1000, period::hour, {}};
  const account_terms requests{"requests", limit_of::requests, 3, period::minute, {}};
  reservation held;
  const std::vector<claim> all{{&cost, 50}, {&tokens, 500}, {&requests, 1}};
  REQUIRE(book.reserve(all, noon, held));
  CHECK(room_of(book, requests).used == 1);
  book.settle(held, {.cost = 9, .tokens = 77}, noon);
  CHECK(room_of(book, cost).used == 9);
  CHECK(room_of(book, tokens).used == 77);
  CHECK(room_of(book, requests).used == 1);
  CHECK(room_of(book, requests, noon + 60).used == 0);
}

TEST_CASE("a new window begins at its zone's midnight, and a clock set back forgives nothing", "[P4]") {
  budget_book book;
  auto berlin = of_day("a", 100);
  berlin.zone = nearfar::config::zone::find("Europe/Berlin").value();
  reservation held;
  const std::int64_t before = 1'795'388'399;  // 22:59:59Z, 23:59:59 there
  CHECK(take(book, berlin, 100, held, before));
  book.settle(held, {.cost = 100}, before);
  CHECK_FALSE(room_of(book, berlin, before).takes(100, 1));
  CHECK_FALSE(room_of(book, berlin, before - 90'000).takes(100, 1));
  CHECK(room_of(book, berlin, before + 1).takes(100, 100));
}

TEST_CASE("a query that ends in the next window is paid there", "[P4]") {
  budget_book book;
  const account_terms minute{"a", limit_of::cost, 100, period::minute, {}};
  reservation held;
  CHECK(take(book, minute, 60, held, noon + 59));
  reservation second;
  // Still spoken for, though its window is over.
  CHECK_FALSE(take(book, minute, 60, second, noon + 60));
  book.settle(held, {.cost = 70}, noon + 61);
  CHECK(room_of(book, minute, noon + 61).used == 70);
}

TEST_CASE("what runs at once is given back when it ends") {
  budget_book book;
  const account_terms two{"streams", limit_of::concurrent, 2, std::nullopt, {}};
  std::vector<reservation> held(2);
  for (auto& r : held) CHECK(take(book, two, 1, r));
  reservation third;
  CHECK_FALSE(take(book, two, 1, third));
  CHECK(room_of(book, two).until == 0);
  book.settle(held[0], {}, noon);
  CHECK(take(book, two, 1, third));
}

TEST_CASE("64 who ask at once are let through exactly as often as the budget fits", "[P4]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    budget_book book;
    constexpr std::int64_t price = 137;
    const std::int64_t fits = 40 + static_cast<std::int64_t>(seed);
    const auto all = of_day("all", fits * price + price - 1);
    std::atomic<std::int64_t> served{0};
    std::vector<std::thread> clients;
    for (int c = 0; c < 64; ++c) {
      clients.emplace_back([&, c] {
        std::mt19937_64 random(seed * 1000 + static_cast<std::uint64_t>(c));
        for (int i = 0; i < 4; ++i) {
          reservation held;
          if (!take(book, all, price, held)) continue;
          if (random() % 4 == 0) {
            book.release(held);  // cancelled before anything was sent
          } else {
            book.settle(held, {.cost = price}, noon);
            served.fetch_add(1);
          }
        }
      });
    }
    for (auto& c : clients) c.join();
    CHECK(served.load() <= fits);
    CHECK(room_of(book, all).used == served.load() * price);
    // Nobody holds anything any more: the rest still fits, to the last one.
    reservation held;
    for (auto left = fits - served.load(); left > 0; --left) CHECK(take(book, all, price, held));
    CHECK_FALSE(take(book, all, price, held));
  }
}

TEST_CASE("what a start reads back counts while its window lasts, and so does what was never settled",
          "[P4]") {
  budget_book book;
  const auto a = of_day("a", 100);
  const std::int64_t midnight = 1'795'305'600;
  book.restore({"a", limit_of::cost, period::day, 90, 9, {midnight, midnight + 86'400}}, noon);
  CHECK_FALSE(room_of(book, a).takes(100, 2));
  CHECK(room_of(book, a).takes(100, 1));
  const auto b = of_day("b", 100);
  book.restore({"b", limit_of::cost, period::day, 99, 0, {midnight - 86'400, midnight}}, noon);
  CHECK(room_of(book, b).used == 0);
  CHECK(room_of(book, a, noon + 86'400).used == 0);
}

TEST_CASE("what has changed is told once") {
  budget_book book;
  const auto a = of_day("a", 100);
  reservation held;
  REQUIRE(take(book, a, 10, held));
  auto news = book.changed(noon);
  REQUIRE(news.size() == 1);
  CHECK(news[0].account == "a");
  CHECK(news[0].reserved == 10);
  CHECK(book.changed(noon).empty());
  book.settle(held, {.cost = 4}, noon);
  news = book.changed(noon);
  REQUIRE(news.size() == 1);
  CHECK(news[0].used == 4);
  CHECK(news[0].reserved == 0);
}

TEST_CASE("accounts of names that clients make up do not pile up") {
  budget_book book;
  for (int i = 0; i < 20'000; ++i) {
    const auto one = of_day("model=" + std::to_string(i), 100);
    reservation held;
    REQUIRE(take(book, one, 1, held));
    book.release(held);
    (void)book.changed(noon);
  }
  CHECK(book.view(noon).size() < 5'000);
}

TEST_CASE("a key that is forgotten leaves no account behind") {
  budget_book book;
  book.restore({"daily/day key=anna", limit_of::cost, period::day, 3, 0, {noon - 10, noon + 10}}, noon);
  book.restore({"daily/day key=hanna", limit_of::cost, period::day, 3, 0, {noon - 10, noon + 10}}, noon);
  // Of the model that a client asked for by this name.
  book.restore({"daily/day model=x key=anna", limit_of::cost, period::day, 3, 0, {noon - 10, noon + 10}},
               noon);
  book.restore({":budget/day key=anna", limit_of::cost, period::day, 3, 0, {noon - 10, noon + 10}}, noon);
  book.forget_key("anna");
  REQUIRE(book.view(noon).size() == 2);
  CHECK(book.view(noon)[0].account == "daily/day key=hanna");
  CHECK(book.view(noon)[1].account == "daily/day model=x key=anna");
}

TEST_CASE("a key that is forgotten while it asks begins anew with what it is asking") {
  budget_book book;
  const auto annas = of_day(":budget/day key=anna", 100);
  book.restore({annas.name, limit_of::cost, period::day, 60, 0, {noon - 10, noon + 10}}, noon);
  reservation held;
  REQUIRE(take(book, annas, 30, held));
  (void)book.changed(noon);
  book.forget_key("anna");
  CHECK(room_of(book, annas).used == 0);
  CHECK(room_of(book, annas).reserved == 30);
  // The file has to hear of it.
  CHECK(book.changed(noon).size() == 1);
  book.settle(held, {.cost = 7}, noon);
  CHECK(room_of(book, annas).used == 7);
  CHECK(room_of(book, annas).reserved == 0);
}

TEST_CASE("numbers that are too great make room for nobody", "[P4]") {
  constexpr auto greatest = std::numeric_limits<std::int64_t>::max();
  budget_book book;
  const auto soft = of_day("soft", 100);
  std::vector<reservation> held(3);
  for (auto& r : held) {
    const claim one{&soft, greatest, true};
    REQUIRE(book.reserve({&one, 1}, noon, r));
  }
  CHECK(room_of(book, soft).reserved > 0);
  CHECK_FALSE(room_of(book, soft).takes(100, 1));
  for (auto& r : held) book.settle(r, {.cost = greatest, .tokens = greatest}, noon);
  CHECK(room_of(book, soft).reserved == 0);
  CHECK(room_of(book, soft).used > 100);
  CHECK_FALSE(room_of(book, soft).takes(100, 1));
  const account_room full{greatest / 2, greatest / 2, 0};
  CHECK_FALSE(full.takes(greatest, greatest));
  budget_book later;
  later.restore({"soft", limit_of::cost, period::day, -greatest, -5, {noon - 10, noon + 10}}, noon);
  CHECK(room_of(later, soft).used == 0);
}

TEST_CASE("what the ledger says is the least that was spent, and is not added twice", "[P4]") {
  budget_book book;
  const auto a = of_day("a", 100);
  const account_view known{"a", limit_of::cost, period::day, 40, 0, {noon - 10, noon + 10}};
  book.restore(known, noon);
  book.restore(known, noon);
  CHECK(room_of(book, a).used == 40);
}

TEST_CASE("a clock that was far ahead keeps no account full until then, and forgives nothing", "[P4]") {
  budget_book book;
  const auto a = of_day("a", 100);
  constexpr std::int64_t midnight = 1'795'392'000;
  constexpr std::int64_t ahead = noon + 4 * 366 * 86'400;
  const auto spend = [&](std::int64_t amount, std::int64_t now) {
    reservation held;
    const claim one{&a, amount, true};
    REQUIRE(book.reserve({&one, 1}, now, held));
    book.settle(held, {.cost = amount}, now);
  };
  spend(60, noon);
  spend(30, ahead);
  CHECK(room_of(book, a, ahead).used == 30);
  // NTP sets it right: of today are both, and today is the window.
  CHECK(room_of(book, a, noon + 10).used == 90);
  CHECK(room_of(book, a, noon + 10).until == midnight);
  spend(5, noon + 20);
  CHECK(room_of(book, a, noon + 20).used == 95);
  CHECK(room_of(book, a, midnight).used == 0);
  CHECK(room_of(book, a, midnight).until == midnight + 86'400);
}

TEST_CASE("a clock that was a day ahead begins the next day anew when it comes", "[P4]") {
  budget_book book;
  const auto a = of_day("a", 100);
  reservation held;
  REQUIRE(take(book, a, 80, held, noon + 86'400));
  book.settle(held, {.cost = 80}, noon + 86'400);
  CHECK(room_of(book, a, noon).used == 80);
  CHECK(room_of(book, a, noon + 86'400).used == 0);
}

TEST_CASE("a clock that is set right by seconds opens no window twice", "[P4]") {
  budget_book book;
  const account_terms minute{"a", limit_of::requests, 3, period::minute, {}};
  const claim one{&minute, 1};
  reservation held;
  REQUIRE(book.reserve({&one, 1}, noon, held));
  // A core that asked the clock before another one and got the lock behind it.
  REQUIRE(book.reserve({&one, 1}, noon - 1, held));
  CHECK(room_of(book, minute, noon).used == 2);
  CHECK(room_of(book, minute, noon).until == noon + 60);
}

TEST_CASE("a start with a clock far behind takes nothing off the day that it comes back to", "[P4]") {
  constexpr std::int64_t begin = 1'795'305'600;
  constexpr std::int64_t new_year_1970 = 3600;
  budget_book book;
  const auto a = of_day("a", 100);
  book.restore({"a", limit_of::cost, period::day, 70, 0, {begin, begin + 86'400}}, new_year_1970);
  CHECK(room_of(book, a, new_year_1970).used == 70);
  CHECK(room_of(book, a, new_year_1970).until == 86'400);
  reservation held;
  REQUIRE(take(book, a, 20, held, new_year_1970));
  book.settle(held, {.cost = 20}, new_year_1970);
  CHECK(room_of(book, a, noon).used == 90);
  CHECK(room_of(book, a, noon).until == begin + 86'400);
  CHECK(room_of(book, a, noon + 86'400).used == 0);
}

TEST_CASE(
    "a start after the clock was ahead counts what was spent in the future, and what the rows say of "
    "today",
    "[P4]") {
  constexpr std::int64_t begin = 1'795'305'600;
  constexpr std::int64_t ahead = begin + 1000 * 86'400;
  budget_book book;
  const auto a = of_day("a", 100);
  book.restore({"a", limit_of::cost, period::day, 25, 5, {ahead, ahead + 86'400}}, noon);
  const account_view rows{"a", limit_of::cost, period::day, 40, 0, {begin, begin + 86'400}};
  SECTION("before the first query") {
    book.restore(rows, noon);
    CHECK(room_of(book, a).used == 70);
  }
  SECTION("not twice") {
    book.restore(rows, noon);
    book.restore(rows, noon);
    CHECK(room_of(book, a).used == 70);
  }
  SECTION("without any") {
    CHECK(book.view(noon).front().in.begin == ahead);
    CHECK(room_of(book, a).used == 30);
  }
  CHECK(room_of(book, a).until == begin + 86'400);
  CHECK(room_of(book, a, noon + 86'400).used == 0);
}

TEST_CASE("an account that a start read back begins anew in its zone, whoever looks first", "[P4]") {
  constexpr std::int64_t berlin_midnight = 1'795'302'000;  // 2026-11-21T23:00:00Z
  budget_book book;
  auto berlin = of_day("a", 100);
  berlin.zone = nearfar::config::zone::find("Europe/Berlin").value();
  book.restore({"a", limit_of::cost, period::day, 90, 0, {berlin_midnight, berlin_midnight + 86'400}}, noon);
  // Nobody has said yet whose midnight it is.
  REQUIRE(book.view(berlin_midnight + 86'400).size() == 1);
  CHECK(book.view(berlin_midnight + 86'400)[0].used == 0);
  CHECK(room_of(book, berlin, berlin_midnight + 86'400).until == berlin_midnight + 2 * 86'400);
}

TEST_CASE("a hold that dies unsettled is no hold any more, and its money counts as spent", "[P4]") {
  budget_book book;
  const auto a = of_day("a", 100);
  const account_terms two{"streams", limit_of::concurrent, 2, std::nullopt, {}};
  const std::vector<claim> both{{&a, 30}, {&two, 1}};
  try {
    reservation held;
    REQUIRE(book.reserve(both, noon, held));
    CHECK(room_of(book, two).reserved == 1);
    throw std::bad_alloc();
  } catch (const std::bad_alloc&) {
    CHECK(room_of(book, two).reserved == 0);
  }
  CHECK(room_of(book, a).reserved == 0);
  CHECK(room_of(book, a).used == 30);
  // Moved, it has one owner; settled, nothing is left to die.
  {
    reservation first;
    REQUIRE(book.reserve(both, noon, first));
    reservation second(std::move(first));
    book.settle(second, {.cost = 1}, noon);
  }
  CHECK(room_of(book, a).used == 31);
  CHECK(room_of(book, two).reserved == 0);
  // Nobody holds it any more.
  book.restore({":budget/day key=anna", limit_of::cost, period::day, 3, 0, {noon - 10, noon + 10}}, noon);
  const auto annas = of_day(":budget/day key=anna", 100);
  {
    reservation held;
    REQUIRE(take(book, annas, 1, held));
  }
  book.forget_key("anna");
  CHECK(book.view(noon).size() == 2);
}
