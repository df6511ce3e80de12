#include "config/time_window.hpp"

#include "config/fact_table.hpp"
#include "config/suggest.hpp"

#include <date/tz.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <vector>

namespace nearfar::config {

namespace {

constexpr std::string_view window_help = "for example `\"22:00-06:00 Europe/Berlin\"`";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

const date::time_zone* find_zone(std::string_view name) {
  try {
    return date::locate_zone(std::string(name));
  } catch (const std::exception&) {
    return nullptr;
  }
}

bool check_zone(std::string_view name, std::string& problem, std::string& help) {
  if (find_zone(name) != nullptr) return true;
  problem = "names an unknown time zone `" + std::string(name) + "`";
  try {
    std::vector<std::string_view> names;
    for (const auto& zone : date::get_tzdb().zones) names.emplace_back(zone.name());
    help = suggestion(name, names);
  } catch (const std::exception&) {
    help = "this system has no time zone data: install tzdata";
  }
  if (help.empty()) help = "a name of the IANA list, such as `Europe/Berlin` or `UTC`";
  return false;
}

bool is_day(std::string_view text) {
  return std::ranges::find(weekday_words, text) != weekday_words.end();
}

}  // namespace

std::optional<int> parse_minute(std::string_view text) {
  if (text.size() != 5 || text[2] != ':' || !is_digit(text[0]) || !is_digit(text[1]) || !is_digit(text[3]) ||
      !is_digit(text[4])) {
    return std::nullopt;
  }
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (minute > 59 || hour > 24 || (hour == 24 && minute > 0)) return std::nullopt;
  return hour * 60 + minute;
}

bool parse_time_window(std::string_view text, time_window& into, std::string& problem, std::string& help) {
  help = window_help;
  const auto blank = text.find(' ');
  const auto hours = text.substr(0, blank);
  const auto dash = hours.find('-');
  const auto from = parse_minute(hours.substr(0, dash));
  const auto to = dash == std::string_view::npos ? std::nullopt : parse_minute(hours.substr(dash + 1));
  if (!from || !to) {
    problem = "wants a window of the day";
    return false;
  }
  if (*from == *to) {
    problem = "is a window without length";
    return false;
  }
  if (blank == std::string_view::npos) {
    problem = "names no time zone";
    return false;
  }
  auto zone = text.substr(blank + 1);
  while (zone.starts_with(' ')) zone.remove_prefix(1);
  if (!check_zone(zone, problem, help)) return false;
  into = {*from, *to, std::string(zone)};
  return true;
}

bool parse_weekdays(std::string_view text, std::string& into, std::string& problem, std::string& help) {
  const auto blank = text.find(' ');
  const auto days = text.substr(0, blank);
  const auto dash = days.find('-');
  const bool good =
      is_day(days.substr(0, dash)) && (dash == std::string_view::npos || is_day(days.substr(dash + 1)));
  if (!good) {
    problem = "wants `mon` to `sun` or a range";
    help = "for example `mon-fri`, `[sat, sun]` or `\"mon-fri Europe/Berlin\"`";
    return false;
  }
  into = days;
  if (blank == std::string_view::npos) return true;
  auto zone = text.substr(blank + 1);
  while (zone.starts_with(' ')) zone.remove_prefix(1);
  if (!check_zone(zone, problem, help)) return false;
  into += " ";
  into += zone;
  return true;
}

}  // namespace nearfar::config
