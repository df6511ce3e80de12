#include "gateway/utc_text.hpp"

#include <fmt/chrono.h>

#include <ctime>

namespace nearfar::gateway {

std::string utc_text(std::int64_t unix_seconds) {
  const auto at = static_cast<std::time_t>(unix_seconds);
  tm parts{};
  gmtime_r(&at, &parts);
  return fmt::format("{:%FT%TZ}", parts);
}

}  // namespace nearfar::gateway
