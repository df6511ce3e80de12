#include "gateway/ledger/usage_report.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace nearfar::gateway {

namespace {

namespace json = boost::json;

// Nine decimals are all there are.
std::string exact(nano_usd amount) {
  const auto magnitude = amount < 0 ? -amount : amount;
  return fmt::format("{}{}.{:09}", amount < 0 ? "-" : "", magnitude / 1'000'000'000,
                     magnitude % 1'000'000'000);
}

std::string count(std::uint64_t value) {
  if (value >= 10'000'000) return fmt::format("{:.1f}M", static_cast<double>(value) / 1e6);
  if (value >= 10'000) return fmt::format("{:.1f}k", static_cast<double>(value) / 1e3);
  return std::to_string(value);
}

std::string_view name_of(const usage_sum& sum) {
  return sum.group.empty() ? std::string_view("(none)") : std::string_view(sum.group);
}

json::object written(const usage_sum& sum) {
  return {{"attempts", sum.attempts},
          {"answered", sum.answered},
          {"input_tokens", sum.input},
          {"output_tokens", sum.output},
          {"cached_tokens", sum.cached},
          {"reasoning_tokens", sum.reasoning},
          {"cost_usd", exact(sum.cost)},
          {"estimated_usd", exact(sum.estimated)},
          {"unpriced_attempts", sum.unpriced},
          {"dearest_usd", exact(sum.dearest)},
          {"saved_usd", exact(std::max<nano_usd>(sum.dearest - sum.cost, 0))}};
}

// A comma, a quote or a line break in a name (RFC 4180 section 2).
std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string bar(nano_usd part, nano_usd most, std::size_t width) {
  if (most <= 0 || part <= 0 || width == 0) return {};
  const auto length = static_cast<std::size_t>(static_cast<double>(part) / static_cast<double>(most) *
                                               static_cast<double>(width));
  std::string out;
  // What costs anything shows.
  for (std::size_t i = 0; i < std::max<std::size_t>(length, 1); ++i) out += "█";
  return out;
}

}  // namespace

std::string money_text(nano_usd amount) {
  const double usd = to_usd(amount);
  if (usd == 0) return "0";
  return usd < 0.01 ? fmt::format("{:.6f}", usd)
         : usd < 1  ? fmt::format("{:.4f}", usd)
                    : fmt::format("{:.2f}", usd);
}

usage_sum total_of(std::span<const usage_sum> sums) {
  usage_sum out;
  for (const auto& one : sums) {
    out.attempts += one.attempts;
    out.answered += one.answered;
    out.input += one.input;
    out.output += one.output;
    out.cached += one.cached;
    out.reasoning += one.reasoning;
    out.cost += one.cost;
    out.estimated += one.estimated;
    out.unpriced += one.unpriced;
    out.dearest += one.dearest;
  }
  return out;
}

std::string usage_table(std::span<const usage_sum> sums, usage_group by, const usage_period& of,
                        unsigned width) {
  if (sums.empty()) return fmt::format("nothing was asked from {} to {}\n", of.from, of.to);
  std::size_t names = to_string(by).size();
  nano_usd most = 0;
  for (const auto& one : sums) {
    names = std::max(names, name_of(one).size());
    most = std::max(most, one.cost);
  }
  std::string head(to_string(by));
  std::ranges::transform(head, head.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
  std::string out =
      fmt::format("{:{}}  {:>8}  {:>8}  {:>8}  {:>10}\n", head, names, "ATTEMPTS", "INPUT", "OUTPUT", "USD");
  const std::size_t used = names + 44;
  const std::size_t room = width > used + 4 ? std::min<std::size_t>(width - used - 2, 40) : 0;
  for (const auto& one : sums) {
    out += fmt::format("{:{}}  {:>8}  {:>8}  {:>8}  {:>10}", name_of(one), names, one.attempts,
                       count(one.input), count(one.output), money_text(one.cost));
    const auto share = bar(one.cost, most, room);
    out += share.empty() ? "\n" : fmt::format("  {}\n", share);
  }
  const auto all = total_of(sums);
  out += fmt::format("{:{}}  {:>8}  {:>8}  {:>8}  {:>10}\n", "all", names, all.attempts, count(all.input),
                     count(all.output), money_text(all.cost));
  if (all.estimated > 0)
    out += fmt::format("\n{} USD of it are estimates: nobody reported what was used\n",
                       money_text(all.estimated));
  if (all.unpriced > 0)
    out += fmt::format("\n{} attempts used tokens whose price is not known: give `price` to their targets\n",
                       all.unpriced);
  if (all.dearest > all.cost)
    out += fmt::format("\nsaved by routing: {} USD (the same tokens at the dearest allowed target: {} USD)\n",
                       money_text(all.dearest - all.cost), money_text(all.dearest));
  return out;
}

std::string usage_csv(std::span<const usage_sum> sums, usage_group by) {
  std::string out = fmt::format(
      "{},attempts,answered,input_tokens,output_tokens,cached_tokens,reasoning_tokens,cost_usd,estimated_usd,"
      "unpriced_attempts,dearest_usd\n",
      to_string(by));
  for (const auto& one : sums) {
    out += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(one.group), one.attempts, one.answered,
                       one.input, one.output, one.cached, one.reasoning, exact(one.cost),
                       exact(one.estimated), one.unpriced, exact(one.dearest));
  }
  return out;
}

std::string usage_json(std::span<const usage_sum> sums, usage_group by, const usage_period& of) {
  json::array groups;
  for (const auto& one : sums) {
    auto group = written(one);
    group[to_string(by)] = one.group;
    groups.push_back(std::move(group));
  }
  return json::serialize(json::object{{"from", of.from},
                                      {"to", of.to},
                                      {"by", to_string(by)},
                                      {"groups", std::move(groups)},
                                      {"total", written(total_of(sums))}});
}

std::optional<std::int64_t> day_of(std::string_view date) {
  if (date.size() != 10 || date[4] != '-' || date[7] != '-') return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t size) -> std::optional<int> {
    int value = 0;
    const auto text = date.substr(at, size);
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
  };
  const auto year = part(0, 4);
  const auto month = part(5, 2);
  const auto day = part(8, 2);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day whole{std::chrono::year(*year),
                                          std::chrono::month(static_cast<unsigned>(*month)),
                                          std::chrono::day(static_cast<unsigned>(*day))};
  if (!whole.ok()) return std::nullopt;
  return std::chrono::sys_days(whole).time_since_epoch().count();
}

std::string date_of_day(std::int64_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

}  // namespace nearfar::gateway
