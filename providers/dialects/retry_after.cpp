#include "providers/dialects/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace nearfar::providers {
namespace {

using millis = std::chrono::milliseconds;

constexpr double longest_ms = 7.0 * 24 * 3600 * 1000;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The head's own find() lives with the HTTP client, above the codecs.
std::string_view find(const response_head& head, std::string_view lower_case_name) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  for (const header_field& each : head.fields) {
    if (std::equal(each.name.begin(), each.name.end(), lower_case_name.begin(), lower_case_name.end(),
                   same)) {
      return trim(each.value);
    }
  }
  return {};
}

std::optional<millis> read_duration(std::string_view text, double unit_ms) {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || !(value >= 0)) return std::nullopt;
  return millis{static_cast<std::int64_t>(std::min(value * unit_ms, longest_ms))};
}

// A date's words: "Sun, 06 Nov 1994 08:49:37 GMT" in pieces, whatever separates them.
struct words {
  std::array<std::string_view, 8> at;
  std::size_t count = 0;
};

words split(std::string_view text) {
  words out;
  constexpr std::string_view separators = " ,-:";
  while (out.count < out.at.size()) {
    const std::size_t begin = text.find_first_not_of(separators);
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
    out.at[out.count++] = text.substr(begin, end - begin);
    text.remove_prefix(end);
  }
  return out;
}

std::optional<int> number(std::string_view text, int most) {
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || value < 0 || value > most)
    return std::nullopt;
  return value;
}

std::optional<unsigned> month(std::string_view text) {
  constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::size_t at = text.size() == 3 ? names.find(text) : std::string_view::npos;
  if (at == std::string_view::npos || at % 3 != 0) return std::nullopt;
  return static_cast<unsigned>(at / 3 + 1);
}

struct date_parts {
  std::string_view year, month, day, hour, minute, second;
};

std::optional<date_parts> arrange(const words& w) {
  // asctime: Sun Nov  6 08:49:37 1994
  if (w.count == 7 && month(w.at[1])) return date_parts{w.at[6], w.at[1], w.at[2], w.at[3], w.at[4], w.at[5]};
  // IMF-fixdate and RFC 850: Sun, 06 Nov 1994 08:49:37 GMT; Sunday, 06-Nov-94 08:49:37 GMT
  if (w.count == 8 && w.at[7] == "GMT")
    return date_parts{w.at[3], w.at[2], w.at[1], w.at[4], w.at[5], w.at[6]};
  return std::nullopt;
}

int full_year(int year, std::size_t digits, std::int64_t now_unix) {
  using namespace std::chrono;
  if (digits != 2) return year;
  // RFC 9110 section 5.6.7: over 50 years ahead means the past century.
  const year_month_day today{floor<days>(sys_seconds{seconds{now_unix}})};
  const int now = static_cast<int>(today.year());
  const int guess = now - now % 100 + year;
  return guess > now + 50 ? guess - 100 : guess;
}

}  // namespace

std::optional<std::int64_t> read_http_date(std::string_view text, std::int64_t now_unix) {
  using namespace std::chrono;
  const auto parts = arrange(split(trim(text)));
  if (!parts) return std::nullopt;
  const auto y = number(parts->year, 9999);
  const auto m = month(parts->month);
  const auto d = number(parts->day, 31);
  const auto h = number(parts->hour, 23);
  const auto min = number(parts->minute, 59);
  const auto s = number(parts->second, 60);
  if (!y || !m || !d || !h || !min || !s) return std::nullopt;
  const int whole = full_year(*y, parts->year.size(), now_unix);
  const year_month_day date{year{whole}, std::chrono::month{*m}, day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;
  return sys_days{date}.time_since_epoch().count() * std::int64_t{86400} + *h * 3600 + *min * 60 + *s;
}

std::optional<millis> read_retry_delay(std::string_view text) {
  text = trim(text);
  if (!text.ends_with('s')) return std::nullopt;
  text.remove_suffix(1);
  return read_duration(text, 1000);
}

std::optional<millis> read_retry_after(const response_head& head, std::int64_t now_unix) {
  if (const auto exact = read_duration(find(head, "retry-after-ms"), 1)) return exact;
  const std::string_view text = find(head, "retry-after");
  if (text.empty()) return std::nullopt;
  if (const auto relative = read_duration(text, 1000)) return relative;
  const auto date = read_http_date(text, now_unix);
  if (!date) return std::nullopt;
  const double ahead = static_cast<double>(*date - now_unix) * 1000;
  return millis{static_cast<std::int64_t>(std::clamp(ahead, 0.0, longest_ms))};
}

}  // namespace nearfar::providers
