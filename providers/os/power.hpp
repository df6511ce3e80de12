// Battery, charger and heat, as sysfs has them (Documentation/ABI/testing/sysfs-class-power and
// sysfs-class-thermal). Files that block for some milliseconds on slow firmware: not for a query's core.
#pragma once

#include "routes/facts.hpp"

#include <optional>
#include <string>

namespace nearfar::providers {

struct power_reading {
  std::optional<double> battery{};  // per cent of all batteries of the machine together; not of its mice
  std::optional<bool> charging{};   // on mains; where no mains supply tells, as the batteries say
  std::optional<routes::thermal_state> thermal{};

  bool operator==(const power_reading&) const = default;
  bool is_empty() const { return !battery && !charging && !thermal; }
};

// `root` is /sys but in tests. What cannot be read is not known; never fails.
//
// Thermal is the worst zone's, by its own trip points: from 5 degrees below the lowest passive one
// `fair`, from there on `serious` (the machine slows itself down), from 5 degrees below the critical one
// `critical`. A zone without trip points says nothing.
power_reading read_power(const std::string& root = "/sys");

}  // namespace nearfar::providers
