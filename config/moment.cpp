#include "config/moment.hpp"

#include <chrono>

namespace nearfar::config {

std::optional<std::int64_t> parse_moment(std::string_view s) {
  const auto number = [&](std::size_t at, std::size_t digits) -> int {
    int value = 0;
    if (at + digits > s.size()) return -1;
    for (std::size_t i = at; i < at + digits; ++i) {
      if (s[i] < '0' || s[i] > '9') return -1;
      value = value * 10 + (s[i] - '0');
    }
    return value;
  };
  if (s.size() < 17 || s[4] != '-' || s[7] != '-' || (s[10] != 'T' && s[10] != ' ') || s[13] != ':')
    return {};
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day = number(8, 2);
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  if (year < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59) return {};
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (month < 1 || day < 1 || !date.ok()) return {};
  std::size_t at = 16;
  int second = 0;
  if (s[at] == ':') {
    second = number(at + 1, 2);
    if (second < 0 || second > 60) return {};
    at += 3;
    if (at < s.size() && s[at] == '.') at = s.find_first_not_of("0123456789", at + 1);
  }
  if (at >= s.size()) return {};
  int offset = 0;
  if (s[at] == '+' || s[at] == '-') {
    const int hours = number(at + 1, 2);
    const int minutes = number(at + 4, 2);
    if (s.size() != at + 6 || s[at + 3] != ':' || hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
      return {};
    offset = (hours * 60 + minutes) * (s[at] == '-' ? -60 : 60);
  } else if ((s[at] != 'Z' && s[at] != 'z') || s.size() != at + 1) {
    return {};
  }
  const auto days = std::chrono::sys_days{date}.time_since_epoch().count();
  return std::int64_t{days} * 86'400 + hour * 3600 + minute * 60 + second - offset;
}

}  // namespace nearfar::config
