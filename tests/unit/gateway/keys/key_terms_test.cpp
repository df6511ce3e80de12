// What a key may be given: budgets and rates as people write them, and what of them the file can keep.
#include "gateway/keys/key_edit.hpp"
#include "gateway/keys/key_file.hpp"
#include "gateway/ledger/money.hpp"
#include "tests/unit/gateway/ledger/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <string>

namespace nearfar::gateway {

TEST_CASE("a budget is what the book can count, or is refused with the most there is", "[P4]") {
  std::string why;
  CHECK(read_budget("5 USD/month", why)->max == 5'000'000'000);
  CHECK(read_budget("0 USD/day", why)->max == 0);
  CHECK(read_budget("1000000000 USD/day", why)->max == 1'000'000'000'000'000'000);
  for (const auto& text : {std::string("2000000000 USD/day"), std::string(400, '9') + " USD/day"}) {
    why.clear();
    CHECK_FALSE(read_budget(text, why));
    CHECK_FALSE(why.empty());
  }
}

TEST_CASE("a rate is what the file can keep, or is refused", "[P4]") {
  std::string why;
  CHECK(read_rate("60/minute", why)->requests == 60);
  CHECK(read_rate("1000000000000/minute", why));
  for (const char* text :
       {"1000000000001/minute", "9223372036854775808/minute", "18446744073709551615/minute"}) {
    why.clear();
    CHECK_FALSE(read_rate(text, why));
    CHECK(why.find("1000000000000") != std::string::npos);
  }
}

TEST_CASE("a key file that is a link to nowhere is not taken for none", "[P4]") {
  const tests::temporary_folder folder;
  const auto path = key_file_in(folder.path);
  CHECK(read_keys(path)->empty());
  std::filesystem::create_symlink(folder.path + "/not-mounted/keys.json", path);
  CHECK_FALSE(read_keys(path).has_value());
}

TEST_CASE("small sums are written without an exponent", "[P4]") {
  CHECK(plain_usd(0) == "0");
  CHECK(plain_usd(1) == "0.000000001");
  CHECK(plain_usd(5'000'000'000) == "5");
  CHECK(to_text(key_budget{60'000, config::period::day}) == "0.00006 USD/day");
}

}  // namespace nearfar::gateway
