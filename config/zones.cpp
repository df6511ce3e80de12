#include "config/zones.hpp"

#include <date/tz.h>

#include <chrono>
#include <ctime>
#include <exception>

namespace nearfar::config {

std::optional<std::int32_t> zone_offset(const std::string& zone, std::int64_t unix_seconds) {
  try {
    // The library reports an unknown name by an exception alone.
    const auto at = date::sys_seconds(std::chrono::seconds(unix_seconds));
    const auto info = date::locate_zone(zone)->get_info(at);
    return static_cast<std::int32_t>(info.offset.count());
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::int32_t machine_offset(std::int64_t unix_seconds) {
  const std::time_t at = unix_seconds;
  std::tm parts{};
  if (localtime_r(&at, &parts) == nullptr) return 0;
  return static_cast<std::int32_t>(parts.tm_gmtoff);
}

}  // namespace nearfar::config
