#include "config/limit_amounts.hpp"

#include "config/codes.hpp"
#include "config/period.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace nearfar::config {

namespace {

enum class coin : std::uint8_t { usd, cent, foreign };

struct money_word {
  std::string_view written;
  coin is;
};

// In lower case.
constexpr std::array money_words{money_word{"usd", coin::usd},       money_word{"us$", coin::usd},
                                 money_word{"$", coin::usd},         money_word{"dollar", coin::usd},
                                 money_word{"dollars", coin::usd},   money_word{"bucks", coin::usd},
                                 money_word{"cent", coin::cent},     money_word{"cents", coin::cent},
                                 money_word{"ct", coin::cent},       money_word{"¢", coin::cent},
                                 money_word{"eur", coin::foreign},   money_word{"euro", coin::foreign},
                                 money_word{"euros", coin::foreign}, money_word{"€", coin::foreign},
                                 money_word{"gbp", coin::foreign},   money_word{"£", coin::foreign},
                                 money_word{"pound", coin::foreign}, money_word{"pounds", coin::foreign},
                                 money_word{"chf", coin::foreign},   money_word{"jpy", coin::foreign},
                                 money_word{"yen", coin::foreign},   money_word{"¥", coin::foreign},
                                 money_word{"cny", coin::foreign},   money_word{"rmb", coin::foreign},
                                 money_word{"inr", coin::foreign},   money_word{"cad", coin::foreign},
                                 money_word{"aud", coin::foreign}};

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::optional<coin> coin_of(std::string_view word) {
  const auto small = lower(trim(word));
  const auto* const found = std::ranges::find(money_words, small, &money_word::written);
  return found == money_words.end() ? std::nullopt : std::optional(found->is);
}

struct split_amount {
  std::string_view amount;  // "5 USD" of "5 USD/day"
  std::string_view period;  // "day"; empty: none was written
};

split_amount split(std::string_view text) {
  for (const std::string_view gap : {"/", " per ", " a ", " each "}) {
    const auto at = text.find(gap);
    if (at != std::string_view::npos) return {trim(text.substr(0, at)), trim(text.substr(at + gap.size()))};
  }
  return {text, {}};
}

std::optional<period> period_word(std::string_view word) {
  const auto small = lower(word);
  if (small == "min") return period::minute;
  if (small == "hr" || small == "h") return period::hour;
  if (small == "d" || small == "daily") return period::day;
  if (small == "mo" || small == "monthly") return period::month;
  return period_of(small);
}

struct money_read {
  std::string_view digits;
  coin is = coin::usd;
};

// The word stands before the digits or behind them.
std::optional<money_read> read_money(std::string_view text) {
  const auto from = text.find_first_of("0123456789");
  if (from == std::string_view::npos) return std::nullopt;
  const auto to = std::min(text.find_first_not_of("0123456789.", from), text.size());
  const auto digits = text.substr(from, to - from);
  const auto before = coin_of(text.substr(0, from));
  const auto behind = coin_of(text.substr(to));
  const bool alone = trim(text.substr(0, from)).empty() || trim(text.substr(to)).empty();
  if (!alone || (!before && !behind) || !parse_number(digits, quantity::plain).value) return std::nullopt;
  return money_read{digits, before ? *before : *behind};
}

std::string write(const money_read& of) {
  if (of.is != coin::cent) return fmt::format("{} USD", of.digits);
  return fmt::format("{:g} USD", parse_number(of.digits, quantity::plain).value.value_or(0) / 100);
}

// Where `of` is money, or a count with its period. Nullopt: neither.
std::optional<number_error> better_error(std::string_view text) {
  const auto parts = split(text);
  const auto per = period_word(parts.period);
  const auto with_period = [&](std::string amount) {
    auto help = "write `" + std::move(amount) + "`";
    if (per) return help + fmt::format(" here and `per: {}` beside it", to_string(*per));
    if (!parts.period.empty()) help += " here, and `per: minute`, `hour`, `day` or `month` beside it";
    return help;
  };
  const auto message = [&](std::string_view what) { return fmt::format("{}, not `{}`", what, text); };
  if (const auto money = read_money(parts.amount)) {
    if (money->is == coin::foreign) {
      return number_error{std::string(code::unknown_unit), message("wants an amount in USD"),
                          "prices are in USD, and so are limits: " + with_period("5 USD")};
    }
    return number_error{std::string(code::unknown_unit), message("wants an amount such as `5 USD`"),
                        with_period(write(*money))};
  }
  if (!per || !parse_number(parts.amount, quantity::tokens).value) return std::nullopt;
  return number_error{std::string(code::unknown_unit), message("wants an amount alone"),
                      with_period(std::string(parts.amount))};
}

}  // namespace

limit_amount_result parse_limit_amount(std::string_view text) {
  const bool money = text.ends_with("USD");
  auto read = parse_number(text, money ? quantity::usd : quantity::tokens, "5 USD");
  if (read.value) return {read.value, money, {}};
  auto better = better_error(trim(text));
  return {std::nullopt, money, better ? std::move(*better) : std::move(read.error)};
}

}  // namespace nearfar::config
