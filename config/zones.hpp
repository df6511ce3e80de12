// Time zones by their IANA names, from the system's database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace nearfar::config {

// A zone with all its changes of the clock: UTC, one of the database, or what this machine is set to. Cheap
// to copy; what it points to lives as long as the process.
class zone {
 public:
  zone() = default;  // UTC

  // Nullopt: no such zone on this machine. Slow (a database look-up): callers keep it.
  static std::optional<zone> find(const std::string& name);
  static zone of_machine();

  // Seconds east of UTC at that moment. Some hundred nanoseconds, but for UTC; thread safe.
  std::int32_t offset_at(std::int64_t unix_seconds) const;

  friend bool operator==(const zone&, const zone&) = default;

 private:
  enum class source : std::uint8_t { utc, database, machine };
  zone(source from, const void* entry) : from_(from), entry_(entry) {}

  source from_ = source::utc;
  const void* entry_ = nullptr;  // of the database
};

// Seconds east of UTC in `zone` at that moment; nullopt: no such zone on this machine. Slow (a
// database look-up): callers keep the answer for some minutes.
std::optional<std::int32_t> zone_offset(const std::string& zone, std::int64_t unix_seconds);

// The same for the zone this machine is set to; 0 where that cannot be told.
std::int32_t machine_offset(std::int64_t unix_seconds);

}  // namespace nearfar::config
