#include "providers/os/power.hpp"
#include "providers/os/power_watch.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

using namespace nearfar::providers;
using nearfar::routes::thermal_state;
namespace fs = std::filesystem;

namespace {

struct fake_sys {
  fake_sys() {
    std::string name = "/tmp/nearfar-sys-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root = name;
  }
  ~fake_sys() {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
  void put(const std::string& file, std::string_view text) const {
    const auto path = root / "class" / file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text << '\n';
  }
  power_reading read() const { return read_power(root.string()); }
  fs::path root;
};

}  // namespace

TEST_CASE("a machine without sensors senses nothing") {
  const fake_sys sys;
  CHECK(sys.read().is_empty());
}

TEST_CASE("the battery of the machine counts, that of its mouse does not") {
  const fake_sys sys;
  sys.put("power_supply/BAT0/type", "Battery");
  sys.put("power_supply/BAT0/capacity", "42");
  sys.put("power_supply/BAT0/status", "Discharging");
  sys.put("power_supply/mouse/type", "Battery");
  sys.put("power_supply/mouse/scope", "Device");
  sys.put("power_supply/mouse/capacity", "5");
  sys.put("power_supply/mouse/status", "Charging");
  const auto got = sys.read();
  CHECK(got.battery == 42.0);
  CHECK(got.charging == false);
  CHECK_FALSE(got.thermal.has_value());
}

TEST_CASE("a mains supply tells of charging, else the battery's own word does") {
  const fake_sys sys;
  sys.put("power_supply/battery/type", "Battery");
  sys.put("power_supply/battery/capacity", "80");
  sys.put("power_supply/battery/status", "Not charging");
  CHECK(sys.read().charging == true);
  sys.put("power_supply/usb/type", "USB_C");
  sys.put("power_supply/usb/online", "0");
  CHECK(sys.read().charging == false);
  sys.put("power_supply/usb/online", "1");
  CHECK(sys.read().charging == true);
}

TEST_CASE("two batteries count by their size") {
  const fake_sys sys;
  for (const auto& [name, level, size] : {std::tuple{"a", "100", "10000000"}, {"b", "0", "30000000"}}) {
    const std::string at = std::string("power_supply/") + name;
    sys.put(at + "/type", "Battery");
    sys.put(at + "/capacity", level);
    sys.put(at + "/energy_full", size);
  }
  CHECK(sys.read().battery == 25.0);
}

TEST_CASE("what is no number is not known") {
  const fake_sys sys;
  sys.put("power_supply/BAT0/type", "Battery");
  sys.put("power_supply/BAT0/capacity", "n/a");
  sys.put("thermal/thermal_zone0/temp", "hot");
  CHECK(sys.read().is_empty());
}

TEST_CASE("heat is judged by the zone's own trip points") {
  const fake_sys sys;
  const std::string zone = "thermal/thermal_zone0";
  sys.put(zone + "/temp", "40000");
  CHECK_FALSE(sys.read().thermal.has_value());
  sys.put(zone + "/trip_point_0_type", "passive");
  sys.put(zone + "/trip_point_0_temp", "70000");
  sys.put(zone + "/trip_point_1_type", "critical");
  sys.put(zone + "/trip_point_1_temp", "90000");
  const auto at = [&](const char* temperature) {
    sys.put(zone + "/temp", temperature);
    return sys.read().thermal;
  };
  CHECK(at("64999") == thermal_state::nominal);
  CHECK(at("65000") == thermal_state::fair);
  CHECK(at("70000") == thermal_state::serious);
  CHECK(at("85000") == thermal_state::critical);
  SECTION("the worst zone speaks for the machine") {
    sys.put("thermal/thermal_zone1/temp", "20000");
    sys.put("thermal/thermal_zone1/trip_point_0_type", "passive");
    sys.put("thermal/thermal_zone1/trip_point_0_temp", "70000");
    CHECK(sys.read().thermal == thermal_state::critical);
  }
  SECTION("a trip point that is not set is none") {
    sys.put(zone + "/trip_point_0_temp", "0");
    sys.put(zone + "/trip_point_1_temp", "-274000");
    CHECK_FALSE(sys.read().thermal.has_value());
  }
}

TEST_CASE("an event of a power supply is told from others") {
  using namespace std::string_view_literals;
  CHECK(is_power_event("change@/devices/x\0ACTION=change\0SUBSYSTEM=power_supply\0SEQNUM=1\0"sv));
  CHECK_FALSE(is_power_event("add@/devices/x\0ACTION=add\0SUBSYSTEM=block\0NAME=SUBSYSTEM=power_supply\0"sv));
  CHECK_FALSE(is_power_event(""));
  CHECK_FALSE(is_power_event("\0\0"sv));
}
