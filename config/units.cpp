#include "config/units.hpp"

#include "config/codes.hpp"
#include "config/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

namespace nearfar::config {

namespace {

struct unit {
  std::string_view name;
  double factor;
};

constexpr double k = 1e3;
constexpr double ki = 1024;
constexpr std::array plain_units{unit{"", 1}};
constexpr std::array token_units{unit{"", 1}, unit{"k", k}, unit{"Ki", ki}, unit{"M", k* k},
                                 unit{"Mi", ki* ki}};
constexpr std::array duration_units{unit{"ms", 1}, unit{"s", k}, unit{"m", 60 * k}, unit{"h", 3600 * k},
                                    unit{"d", 86400 * k}};
constexpr std::array byte_units{unit{"B", 1},        unit{"kB", k},           unit{"MB", k* k},
                                unit{"GB", k* k* k}, unit{"TB", k* k* k* k},  unit{"KiB", ki},
                                unit{"MiB", ki* ki}, unit{"GiB", ki* ki* ki}, unit{"TiB", ki* ki* ki* ki}};
constexpr std::array percent_units{unit{"%", 1}};
constexpr std::array usd_units{unit{"USD", 1}};
constexpr std::array usd_per_million_units{unit{"USD/M", 1}};

// What people write instead.
struct synonym {
  std::string_view written;
  std::string_view meant;
};
constexpr std::array synonyms{
    synonym{"sec", "s"},          synonym{"secs", "s"},    synonym{"second", "s"}, synonym{"seconds", "s"},
    synonym{"msec", "ms"},        synonym{"millis", "ms"}, synonym{"min", "m"},    synonym{"mins", "m"},
    synonym{"minute", "m"},       synonym{"minutes", "m"}, synonym{"hr", "h"},     synonym{"hour", "h"},
    synonym{"hours", "h"},        synonym{"day", "d"},     synonym{"days", "d"},   synonym{"percent", "%"},
    synonym{"pct", "%"},          synonym{"G", "GiB"},     synonym{"Gi", "GiB"},   synonym{"K", "k"},
    synonym{"Mi", "MiB"},         synonym{"M", "MiB"},     synonym{"$", "USD"},    synonym{"$/M", "USD/M"},
    synonym{"USD/Mtok", "USD/M"}, synonym{"usd", "USD"},
};

std::span<const unit> units_of(quantity what) {
  switch (what) {
    case quantity::plain:
      return plain_units;
    case quantity::tokens:
      return token_units;
    case quantity::duration:
      return duration_units;
    case quantity::bytes:
      return byte_units;
    case quantity::percent:
      return percent_units;
    case quantity::usd:
      return usd_units;
    case quantity::usd_per_million:
      return usd_per_million_units;
  }
  return plain_units;
}

std::string_view example_unit(quantity what) {
  switch (what) {
    case quantity::duration:
      return "s";
    case quantity::bytes:
      return "MiB";
    case quantity::percent:
      return "%";
    case quantity::usd:
      return " USD";
    case quantity::usd_per_million:
      return " USD/M";
    case quantity::plain:
    case quantity::tokens:
      break;
  }
  return "";
}

std::string quoted(std::string_view text) {
  return "`" + std::string(text) + "`";
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view trim(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

std::string_view digits_of(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && is_digit(text[at])) ++at;
  if (at > 0 && at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1])) {
    ++at;
    while (at < text.size() && is_digit(text[at])) ++at;
  }
  return text.substr(0, at);
}

number_result fail(std::string code, std::string message, std::string help) {
  return {std::nullopt, {std::move(code), std::move(message), std::move(help)}};
}

// Infinity: more than a number can be.
double value_of(std::string_view digits) {
  double value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  // So it is told of what is too small, too, and that is next to nothing.
  const bool too_large =
      read.ec == std::errc::result_out_of_range && digits.find_first_not_of("0.") < digits.find('.');
  return too_large ? std::numeric_limits<double>::infinity() : value;
}

// The first number of an example, in base units: of `"< 2s"`, of `{base: 15s, per_1k_input: 600ms}`. 0: none.
double likely_value(std::string_view like, quantity what) {
  const auto from = like.find_first_of("0123456789");
  if (from == std::string_view::npos) return 0;
  like.remove_prefix(from);
  const auto digits = digits_of(like);
  like.remove_prefix(digits.size());
  const auto name = like.substr(0, like.find_first_of(",}\" "));
  for (const auto& u : units_of(what)) {
    if (u.name == name) return value_of(digits) * u.factor;
  }
  return 0;
}

std::string_view likely_unit(double value, quantity what, std::string_view like) {
  const double usual = likely_value(like, what);
  auto best = example_unit(what);
  if (value <= 0 || usual <= 0) return best;
  double least = std::numeric_limits<double>::infinity();
  for (const auto& u : units_of(what)) {
    const double distance = std::abs(std::log(value * u.factor / usual));
    if (distance >= least) continue;
    least = distance;
    best = u.name;
  }
  return best;
}

std::string written(std::string_view digits, std::string_view unit) {
  return quoted(std::string(digits) + std::string(unit));
}

number_result unit_missing(std::string_view digits, quantity what, std::string_view like) {
  const double value = value_of(digits);
  std::string help;
  if (what == quantity::usd_per_million && value > 0 && value < least_likely_price) {
    help = "prices are of a million tokens: write " + quoted(price_of_million(value));
  } else if (what == quantity::percent && value > 0 && value < 1) {
    help = "write " + quoted(fmt::format("{:g}%", value * 100)) + ", or " + written(digits, "%") +
           " if so little is meant";
  } else if (units_of(what).size() > 1) {
    help = "write " + written(digits, likely_unit(value, what, like)) + " or another unit";
  } else {
    help = "write " + written(digits, example_unit(what));
  }
  return fail(code::missing_unit, "needs a unit", std::move(help));
}

// What people write who think of one token, or of a thousand. Empty: something else.
std::string price_help(double value, std::string_view written) {
  struct other {
    std::string_view unit;
    double tokens;
  };
  static constexpr std::array others{other{"USD", 0},       other{"$", 0},        other{"usd", 0},
                                     other{"USD/token", 1}, other{"USD/tok", 1},  other{"$/token", 1},
                                     other{"USD/k", k},     other{"USD/K", k},    other{"USD/1k", k},
                                     other{"USD/1K", k},    other{"USD/kTok", k}, other{"$/1K", k}};
  const auto* const found = std::ranges::find(others, written, &other::unit);
  if (found == others.end()) return {};
  const bool per_token = found->tokens == 0 && value < least_likely_price;
  const double tokens = per_token ? 1 : found->tokens == 0 ? k * k : found->tokens;
  return "prices are of a million tokens: write " + quoted(price_of_million(value / tokens));
}

// One letter is near to any other letter: only another case of the same unit is worth a guess.
std::string unit_help(std::string_view written, std::span<const std::string_view> names) {
  for (const auto& s : synonyms) {
    if (s.written == written && std::ranges::find(names, s.meant) != names.end()) {
      return "did you mean " + quoted(s.meant) + "?";
    }
  }
  for (const auto name : names) {
    if (edit_distance(name, written) == 0) return "did you mean " + quoted(name) + "?";
  }
  std::string list = names.size() == 1 ? "only " : "one of ";
  for (const auto name : names) list += (name == names.front() ? "" : ", ") + quoted(name);
  return list;
}

number_result unit_unknown(std::string_view digits, std::string_view written, quantity what) {
  std::vector<std::string_view> names;
  for (const auto& u : units_of(what)) {
    if (!u.name.empty()) names.push_back(u.name);
  }
  if (names.empty()) {
    return fail(code::unknown_unit, "is a count and takes no unit, not " + quoted(written),
                "write " + quoted(digits));
  }
  auto help = what == quantity::usd_per_million ? price_help(value_of(digits), written) : std::string();
  if (help.empty()) help = unit_help(written, names);
  return fail(code::unknown_unit, "has an unknown unit " + quoted(written), std::move(help));
}

}  // namespace

std::vector<std::string_view> unit_names(quantity what) {
  std::vector<std::string_view> names;
  for (const auto& u : units_of(what)) names.push_back(u.name);
  return names;
}

std::string_view describe(quantity what) {
  switch (what) {
    case quantity::plain:
      return "a plain number such as `4`";
    case quantity::tokens:
      return "a number of tokens such as `8k`";
    case quantity::duration:
      return "a duration such as `4s`";
    case quantity::bytes:
      return "a size such as `2GiB`";
    case quantity::percent:
      return "a percentage such as `20%`";
    case quantity::usd:
      return "an amount such as `5 USD`";
    case quantity::usd_per_million:
      return "a price such as `3 USD/M`";
  }
  return "a number";
}

std::string price_of_million(double usd_per_token) {
  return fmt::format("{:g} USD/M", usd_per_token * 1e6);
}

number_result parse_number(std::string_view text, quantity what, std::string_view like) {
  text = trim(text);
  const auto digits = digits_of(text);
  if (digits.empty()) {
    if (text.starts_with('-')) {
      return fail(code::out_of_range, "may not be negative",
                  std::string("wants ") + std::string(describe(what)));
    }
    return fail(code::not_a_number, "wants " + std::string(describe(what)) + ", not " + quoted(text), {});
  }
  if (digits.size() > 1 && digits[0] == '0' && digits[1] != '.') {
    auto bare = digits;
    while (bare.size() > 1 && bare[0] == '0') bare.remove_prefix(1);
    return fail(code::not_a_number, "has a leading zero, which some readers take for octal",
                "write " + quoted(std::string(bare) + std::string(text.substr(digits.size()))));
  }
  auto name = text.substr(digits.size());
  if (name.starts_with(' ')) name.remove_prefix(1);
  const bool other_base =
      digits == "0" && (name.starts_with('x') || name.starts_with('o') || name.starts_with('b'));
  if (other_base || name.starts_with('_') || name.starts_with(',') || name.starts_with('.') ||
      name.starts_with('e')) {
    return fail(code::not_a_number, "wants " + std::string(describe(what)) + ", not " + quoted(text),
                "digits only, with one `.` for a fraction");
  }
  const double value = value_of(digits);
  for (const auto& u : units_of(what)) {
    if (u.name == name) {
      if (std::isinf(value * u.factor)) return fail(code::out_of_range, "is more than any number can be", {});
      if (what == quantity::percent && value > 100) {
        return fail(code::out_of_range, "is more than 100%", {});
      }
      return {value * u.factor, {}};
    }
  }
  return name.empty() ? unit_missing(digits, what, like) : unit_unknown(digits, name, what);
}

test_result parse_number_test(std::string_view text, quantity what, std::string_view like) {
  struct prefix {
    std::string_view text;
    compare_op op;
  };
  static constexpr std::array prefixes{prefix{"<=", compare_op::less_equal},
                                       prefix{">=", compare_op::greater_equal}, prefix{"<", compare_op::less},
                                       prefix{">", compare_op::greater}};
  text = trim(text);
  for (const auto& p : prefixes) {
    if (!text.starts_with(p.text)) continue;
    auto bound = parse_number(text.substr(p.text.size()), what, like);
    if (!bound.value) return {std::nullopt, std::move(bound.error)};
    return {number_test{p.op, *bound.value, *bound.value}, {}};
  }
  if (const auto dots = text.find(".."); dots != std::string_view::npos) {
    auto low = parse_number(text.substr(0, dots), what, like);
    if (!low.value) return {std::nullopt, std::move(low.error)};
    auto high = parse_number(text.substr(dots + 2), what, like);
    if (!high.value) return {std::nullopt, std::move(high.error)};
    if (*low.value > *high.value) {
      return {std::nullopt,
              {code::out_of_range, "is a range that ends before it begins", "write the lower bound first"}};
    }
    return {number_test{compare_op::between, *low.value, *high.value}, {}};
  }
  auto exact = parse_number(text, what, like);
  if (!exact.value) return {std::nullopt, std::move(exact.error)};
  return {number_test{compare_op::equal, *exact.value, *exact.value}, {}};
}

}  // namespace nearfar::config
