#include "gateway/limits/budget_book.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

namespace nearfar::gateway {
namespace {

constexpr std::int64_t noon = 1'767'268'800;  // 2026-01-01 12:00 UTC

account_terms of_day(std::string name) {
  return {std::move(name), config::limit_of::cost, 100, config::period::day, {}};
}

void spend(budget_book& book, const account_terms& from, std::int64_t amount) {
  const claim one{&from, amount};
  reservation held;
  REQUIRE(book.reserve({&one, 1}, noon, held));
  book.settle(held, {.cost = amount}, noon);
}

std::int64_t used(budget_book& book, const account_terms& of) {
  std::vector<account_room> out;
  book.look({&of, 1}, noon, out);
  return out.front().used;
}

}  // namespace

TEST_CASE("who knew the place of an account that was forgotten opens a new one", "[P4]") {
  budget_book book;
  const auto anna = of_day("daily/day key=anna");
  const auto berta = of_day("daily/day key=berta");
  spend(book, anna, 80);
  spend(book, berta, 70);
  book.forget_key("anna");
  CHECK(used(book, anna) == 0);
  CHECK(used(book, berta) == 70);
  spend(book, anna, 100);
  CHECK(used(book, anna) == 100);
  CHECK(used(book, of_day("daily/day key=anna")) == 100);
}

TEST_CASE("a place in one book is none in another", "[P4]") {
  const auto anna = of_day("daily/day key=anna");
  {
    budget_book before;
    spend(before, anna, 80);
    CHECK(used(before, anna) == 80);
  }
  budget_book after;
  CHECK(used(after, anna) == 0);
  spend(after, anna, 30);
  CHECK(used(after, anna) == 30);
}

TEST_CASE("empty accounts are tidied away under those who know them", "[P4]") {
  budget_book book;
  const auto anna = of_day("daily/day key=anna");
  spend(book, anna, 0);
  CHECK(used(book, anna) == 0);
  (void)book.changed(noon);
  for (int i = 0; i < 10'000; ++i) spend(book, of_day("daily/day key=" + std::to_string(i)), 0);
  spend(book, anna, 60);
  CHECK(used(book, anna) == 60);
  CHECK(used(book, of_day("daily/day key=anna")) == 60);
}

}  // namespace nearfar::gateway
