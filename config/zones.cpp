#include "config/zones.hpp"

#include <date/tz.h>

#include <chrono>
#include <ctime>
#include <exception>

namespace nearfar::config {

std::optional<zone> zone::find(const std::string& name) {
  try {
    // The library reports an unknown name by an exception alone.
    return zone(source::database, date::locate_zone(name));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

zone zone::of_machine() {
  return {source::machine, nullptr};
}

std::int32_t zone::offset_at(std::int64_t unix_seconds) const {
  switch (from_) {
    case source::utc:
      break;
    case source::machine:
      return machine_offset(unix_seconds);
    case source::database:
      try {
        // The zone's file is read at the first question; it may be unreadable.
        const auto at = date::sys_seconds(std::chrono::seconds(unix_seconds));
        const auto info = static_cast<const date::time_zone*>(entry_)->get_info(at);
        return static_cast<std::int32_t>(info.offset.count());
      } catch (const std::exception&) {
        return 0;
      }
  }
  return 0;
}

std::optional<std::int32_t> zone_offset(const std::string& zone, std::int64_t unix_seconds) {
  const auto found = config::zone::find(zone);
  if (!found) return std::nullopt;
  return found->offset_at(unix_seconds);
}

std::int32_t machine_offset(std::int64_t unix_seconds) {
  const std::time_t at = unix_seconds;
  std::tm parts{};
  if (localtime_r(&at, &parts) == nullptr) return 0;
  return static_cast<std::int32_t>(parts.tm_gmtoff);
}

}  // namespace nearfar::config
