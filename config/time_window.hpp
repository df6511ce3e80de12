// Times of the day and days of the week, with their zones.
#pragma once

#include "config/model.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace nearfar::config {

// "22:00-06:00 Europe/Berlin": the zone is compulsory. False with what is wrong ("wants ...") and a cure.
bool parse_time_window(std::string_view text, time_window& into, std::string& problem, std::string& help);

// "sat", "mon-fri", "mon-fri Europe/Berlin"; without a zone it is the machine's. `into` gets the text with
// one blank between days and zone.
bool parse_weekdays(std::string_view text, std::string& into, std::string& problem, std::string& help);

// "23:30" as minutes since midnight; 24:00 is the end of the day.
std::optional<int> parse_minute(std::string_view text);

}  // namespace nearfar::config
