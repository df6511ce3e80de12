#include "config/units.hpp"

#include "config/codes.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

using namespace nearfar::config;

namespace {

struct good {
  std::string text;
  quantity what;
  double value;
};

struct bad {
  std::string text;
  quantity what;
  std::string code;
  std::string help;
};

}  // namespace

TEST_CASE("numbers are read with every unit of their quantity") {
  const auto c = GENERATE(values<good>({
      {"4", quantity::plain, 4},
      {"0", quantity::plain, 0},
      {"2.5", quantity::plain, 2.5},
      {"8192", quantity::tokens, 8192},
      {"8k", quantity::tokens, 8000},
      {"8Ki", quantity::tokens, 8192},
      {"1M", quantity::tokens, 1e6},
      {"1Mi", quantity::tokens, 1048576},
      {"1.5k", quantity::tokens, 1500},
      {"350ms", quantity::duration, 350},
      {"4s", quantity::duration, 4000},
      {"3m", quantity::duration, 180'000},
      {"2h", quantity::duration, 7'200'000},
      {"30d", quantity::duration, 2'592'000'000},
      {"0s", quantity::duration, 0},
      {"0.5s", quantity::duration, 500},
      {"900B", quantity::bytes, 900},
      {"10kB", quantity::bytes, 10'000},
      {"10MB", quantity::bytes, 1e7},
      {"1GB", quantity::bytes, 1e9},
      {"4KiB", quantity::bytes, 4096},
      {"512MiB", quantity::bytes, 536'870'912},
      {"2GiB", quantity::bytes, 2'147'483'648},
      {"20%", quantity::percent, 20},
      {"100%", quantity::percent, 100},
      {"5 USD", quantity::usd, 5},
      {"5USD", quantity::usd, 5},
      {"3 USD/M", quantity::usd_per_million, 3},
      {"0.15 USD/M", quantity::usd_per_million, 0.15},
      {" 4s ", quantity::duration, 4000},
  }));
  INFO(c.text);
  const auto parsed = parse_number(c.text, c.what);
  REQUIRE(parsed.value);
  CHECK(*parsed.value == c.value);
}

TEST_CASE("what no number can hold is refused, and is not nothing") {
  const auto huge = parse_number(std::string(400, '9') + " USD", quantity::usd);
  CHECK_FALSE(huge.value);
  CHECK(huge.error.code == code::out_of_range);
  CHECK_FALSE(parse_number("1" + std::string(305, '0') + "GiB", quantity::bytes).value);
  CHECK(parse_number("0." + std::string(400, '0') + "1 USD", quantity::usd).value == 0);
}

TEST_CASE("a number that can be read in two ways, or not at all, is refused with a cure") {
  const auto c = GENERATE(values<bad>({
      {"4", quantity::duration, code::missing_unit, "write `4s` or another unit"},
      {"20", quantity::percent, code::missing_unit, "write `20%`"},
      {"2048", quantity::bytes, code::missing_unit, "write `2048MiB` or another unit"},
      {"3", quantity::usd_per_million, code::missing_unit, "write `3 USD/M`"},
      {"4sec", quantity::duration, code::unknown_unit, "did you mean `s`?"},
      {"4S", quantity::duration, code::unknown_unit, "did you mean `s`?"},
      {"4x", quantity::duration, code::unknown_unit, "one of `ms`, `s`, `m`, `h`, `d`"},
      {"2G", quantity::bytes, code::unknown_unit, "did you mean `GiB`?"},
      {"2gib", quantity::bytes, code::unknown_unit, "did you mean `GiB`?"},
      {"8K", quantity::tokens, code::unknown_unit, "did you mean `k`?"},
      {"8k", quantity::plain, code::unknown_unit, "write `8`"},
      {"3 USD", quantity::usd_per_million, code::unknown_unit,
       "prices are of a million tokens: write `3 USD/M`"},
      {"0.000003 USD", quantity::usd_per_million, code::unknown_unit,
       "prices are of a million tokens: write `3 USD/M`"},
      {"0.003 USD/1k", quantity::usd_per_million, code::unknown_unit,
       "prices are of a million tokens: write `3 USD/M`"},
      {"0.00000015", quantity::usd_per_million, code::missing_unit,
       "prices are of a million tokens: write `0.15 USD/M`"},
      {"3 EUR/M", quantity::usd_per_million, code::unknown_unit, "only `USD/M`"},
      {"0.05", quantity::percent, code::missing_unit, "write `5%`, or `0.05%` if so little is meant"},
      {"010", quantity::plain, code::not_a_number, "write `10`"},
      {"007s", quantity::duration, code::not_a_number, "write `7s`"},
      {"1_000", quantity::plain, code::not_a_number, "digits only, with one `.` for a fraction"},
      {"1e3", quantity::tokens, code::not_a_number, "digits only, with one `.` for a fraction"},
      {"1,5s", quantity::duration, code::not_a_number, "digits only, with one `.` for a fraction"},
      {"0x10", quantity::plain, code::not_a_number, "digits only, with one `.` for a fraction"},
      {"ten", quantity::plain, code::not_a_number, ""},
      {"", quantity::plain, code::not_a_number, ""},
      {"-4s", quantity::duration, code::out_of_range, "wants a duration such as `4s`"},
      {"101%", quantity::percent, code::out_of_range, ""},
  }));
  INFO(c.text);
  const auto parsed = parse_number(c.text, c.what);
  REQUIRE_FALSE(parsed.value);
  CHECK(parsed.error.code == c.code);
  CHECK(parsed.error.help == c.help);
}

TEST_CASE("of a number without its unit the likeliest is named, by how such values are usually written") {
  struct missing {
    std::string text;
    quantity what;
    std::string like;
    std::string likely;
  };
  const auto c = GENERATE(values<missing>({
      {"700", quantity::duration, "700ms", "700ms"},
      {"1", quantity::duration, "700ms", "1s"},
      {"15", quantity::duration, "{base: 15s, per_1k_input: 600ms}", "15s"},
      {"500", quantity::duration, "5s", "500ms"},
      {"5", quantity::duration, "5s", "5s"},
      {"3000", quantity::duration, "3s", "3000ms"},
      {"120", quantity::duration, "120s", "120s"},
      {"10", quantity::duration, "10m", "10m"},
      {"600", quantity::duration, "10m", "600s"},
      {"30", quantity::duration, "30d", "30d"},
      {"2000", quantity::duration, "\"< 2s\"", "2000ms"},
      {"0", quantity::duration, "700ms", "0s"},
      {"4", quantity::duration, "preset", "4s"},
      {"2", quantity::bytes, "2GiB", "2GiB"},
      {"512", quantity::bytes, "2GiB", "512MiB"},
      {"16777216", quantity::bytes, "16MiB", "16777216B"},
  }));
  INFO(c.text << " like " << c.like);
  const auto parsed = parse_number(c.text, c.what, c.like);
  REQUIRE_FALSE(parsed.value);
  CHECK(parsed.error.code == code::missing_unit);
  CHECK(parsed.error.help == "write `" + c.likely + "` or another unit");
  CHECK(parse_number_test("< " + c.text, c.what, c.like).error.help == parsed.error.help);
}

TEST_CASE("comparisons take four operators, a range and a bare value") {
  struct expected {
    std::string text;
    compare_op op;
    double low;
    double high;
  };
  const auto c = GENERATE(values<expected>({
      {"< 20%", compare_op::less, 20, 20},
      {"<=20%", compare_op::less_equal, 20, 20},
      {"> 5%", compare_op::greater, 5, 5},
      {">= 5%", compare_op::greater_equal, 5, 5},
      {"10%..30%", compare_op::between, 10, 30},
      {"10% .. 30%", compare_op::between, 10, 30},
      {"50%", compare_op::equal, 50, 50},
  }));
  INFO(c.text);
  const auto parsed = parse_number_test(c.text, quantity::percent);
  REQUIRE(parsed.value);
  CHECK(parsed.value->op == c.op);
  CHECK(parsed.value->low == c.low);
  CHECK(parsed.value->high == c.high);
}

TEST_CASE("each bound of a range needs its unit, and the lower comes first") {
  CHECK(parse_number_test("10..30%", quantity::percent).error.code == code::missing_unit);
  CHECK(parse_number_test("10%..30", quantity::percent).error.code == code::missing_unit);
  CHECK(parse_number_test("30%..10%", quantity::percent).error.code == code::out_of_range);
  CHECK(parse_number_test("< ", quantity::percent).error.code == code::not_a_number);
  CHECK(parse_number_test("=> 5%", quantity::percent).error.code == code::not_a_number);
}
