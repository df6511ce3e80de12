#include "providers/os/power.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

namespace nearfar::providers {
namespace {

namespace fs = std::filesystem;
using routes::thermal_state;

constexpr long long margin = 5'000;  // thousandths of a degree

std::optional<std::string> line_of(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!in || !std::getline(in, line)) return std::nullopt;
  while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
  return line;
}

std::optional<long long> number_of(const fs::path& file) {
  const auto line = line_of(file);
  if (!line) return std::nullopt;
  long long value = 0;
  const auto [end, ec] = std::from_chars(line->data(), line->data() + line->size(), value);
  if (ec != std::errc{} || end != line->data() + line->size()) return std::nullopt;
  return value;
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code ec;
  for (fs::directory_iterator at(folder, ec), end; !ec && at != end; at.increment(ec))
    out.push_back(at->path());
  std::sort(out.begin(), out.end());
  return out;
}

struct supplies {
  double weighed = 0;
  double weights = 0;
  bool has_mains = false;
  bool mains_on = false;
  bool has_status = false;
  bool filling = false;
};

void add_battery(const fs::path& at, supplies& to) {
  // `Device`: in a mouse or a headset, which this machine does not live on.
  if (line_of(at / "scope").value_or("") == "Device") return;
  if (number_of(at / "present").value_or(1) == 0) return;
  if (const auto status = line_of(at / "status"); status && *status != "Unknown") {
    to.has_status = true;
    to.filling = to.filling || *status == "Charging" || *status == "Full" || *status == "Not charging";
  }
  const auto level = number_of(at / "capacity");
  if (!level || *level < 0) return;
  // Two batteries count by their size, where both tell it in the same unit.
  const auto size = number_of(at / "energy_full");
  const double weight = size && *size > 0 ? static_cast<double>(*size) : 1.0;
  to.weighed += weight * static_cast<double>(std::min(*level, 100LL));
  to.weights += weight;
}

void add_mains(const fs::path& at, supplies& to) {
  const auto online = number_of(at / "online");
  if (!online) return;
  to.has_mains = true;
  to.mains_on = to.mains_on || *online > 0;
}

void read_supplies(const fs::path& folder, power_reading& out) {
  supplies all;
  for (const auto& at : entries(folder)) {
    const auto type = line_of(at / "type").value_or("");
    if (type == "Battery") add_battery(at, all);
    if (type == "Mains" || type == "Wireless" || type.starts_with("USB")) add_mains(at, all);
  }
  if (all.weights > 0) out.battery = all.weighed / all.weights;
  if (all.has_mains) {
    out.charging = all.mains_on;
  } else if (all.has_status) {
    out.charging = all.filling;
  }
}

std::optional<thermal_state> state_of_zone(const fs::path& zone) {
  const auto heat = number_of(zone / "temp");
  if (!heat) return std::nullopt;
  std::optional<long long> passive;
  std::optional<long long> critical;
  for (int i = 0; i < 32; ++i) {
    const auto stem = "trip_point_" + std::to_string(i);
    const auto type = line_of(zone / (stem + "_type"));
    if (!type) break;
    const auto at = number_of(zone / (stem + "_temp"));
    // 0 and below stand for a point that is not set.
    if (!at || *at <= 0) continue;
    if (*type == "critical") critical = std::min(critical.value_or(*at), *at);
    if (*type == "passive" || *type == "hot") passive = std::min(passive.value_or(*at), *at);
  }
  if (!passive && !critical) return std::nullopt;
  if (critical && *heat >= *critical - margin) return thermal_state::critical;
  if (passive && *heat >= *passive) return thermal_state::serious;
  if (passive && *heat >= *passive - margin) return thermal_state::fair;
  return thermal_state::nominal;
}

}  // namespace

power_reading read_power(const std::string& root) {
  power_reading out;
  read_supplies(fs::path(root) / "class/power_supply", out);
  for (const auto& zone : entries(fs::path(root) / "class/thermal")) {
    if (!zone.filename().string().starts_with("thermal_zone")) continue;
    const auto state = state_of_zone(zone);
    if (state) out.thermal = std::max(out.thermal.value_or(thermal_state::nominal), *state);
  }
  return out;
}

}  // namespace nearfar::providers
