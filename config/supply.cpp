#include "config/supply.hpp"

#include "config/fact_table.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

namespace nearfar::config {
namespace {

namespace fs = std::filesystem;

// Where the gateway itself reads them: Documentation/ABI/testing/sysfs-class-power and -thermal of the
// kernel.
bool has_battery() {
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator("/sys/class/power_supply", ec)) {
    std::ifstream in(entry.path() / "type");
    std::string kind;
    if (std::getline(in, kind) && kind == "Battery") return true;
  }
  return false;
}

bool has_thermometer() {
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator("/sys/class/thermal", ec)) {
    if (entry.path().filename().string().starts_with("thermal_zone")) return true;
  }
  return false;
}

bool senses(std::string_view fact) {
  if (fact == "battery" || fact == "charging") return has_battery();
  return fact == "thermal" && has_thermometer();
}

}  // namespace

supply supply_of(const configuration& c, std::string_view fact) {
  if (std::ranges::find(c.facts, fact, &fact_config::name) != c.facts.end()) return supply::foreseen;
  if (fact == "network" || fact == "lan") return supply::sure;
  const auto* known = find_fact(fact);
  // One that is not in the table was an error before.
  if (known == nullptr || known->source != fact_source::sensed) return supply::sure;
  return senses(fact) ? supply::sure : supply::pushed;
}

}  // namespace nearfar::config
