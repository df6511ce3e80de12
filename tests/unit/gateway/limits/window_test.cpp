// A day is from midnight to midnight, whatever its clocks do meanwhile.
#include "gateway/limits/window.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace nearfar::gateway;
using nearfar::config::period;

namespace {

nearfar::config::zone zone_of(const std::string& name) {
  const auto found = nearfar::config::zone::find(name);
  REQUIRE(found);
  return *found;
}

// Each moment of the stretch is of one window, and the windows stand end to end.
void check_partition(period length, std::int64_t from, std::int64_t to, const nearfar::config::zone& in) {
  auto last = window_at(length, from, in);
  for (auto at = from; at < to; at += 60) {
    const auto now = window_at(length, at, in);
    INFO("at " << at << ": " << now.begin << " to " << now.end);
    REQUIRE(now.holds(at));
    if (now.begin != last.begin) REQUIRE(now.begin == last.end);
    last = now;
  }
}

constexpr std::int64_t hour = 3600;

}  // namespace

TEST_CASE("the day on which the clocks go forward has 23 hours", "[P4]") {
  const auto berlin = zone_of("Europe/Berlin");
  constexpr std::int64_t midnight = 1'774'738'800;  // 2026-03-28T23:00:00Z
  for (const auto at : {midnight, midnight + 90 * 60, midnight + 3 * hour, midnight + 23 * hour - 1}) {
    const auto day = window_at(period::day, at, berlin);
    CHECK(day.begin == midnight);
    CHECK(day.end == midnight + 23 * hour);
  }
  CHECK(window_at(period::day, midnight - 1, berlin).end == midnight);
  CHECK(window_at(period::day, midnight + 23 * hour, berlin).end == midnight + 47 * hour);
}

TEST_CASE("the day on which the clocks go back has 25 hours", "[P4]") {
  const auto berlin = zone_of("Europe/Berlin");
  constexpr std::int64_t midnight = 1'792'879'200;  // 2026-10-24T22:00:00Z
  for (const auto at : {midnight, midnight + 150 * 60, midnight + 4 * hour, midnight + 25 * hour - 1}) {
    const auto day = window_at(period::day, at, berlin);
    CHECK(day.begin == midnight);
    CHECK(day.end == midnight + 25 * hour);
  }
  CHECK(window_at(period::day, midnight + 25 * hour, berlin).end == midnight + 49 * hour);
}

TEST_CASE("a month is an hour shorter or longer where the clocks change in it", "[P4]") {
  const auto berlin = zone_of("Europe/Berlin");
  const auto march = window_at(period::month, 1'774'738'800, berlin);
  CHECK(march.begin == 1'772'319'600);  // 2026-02-28T23:00:00Z
  CHECK(march.end - march.begin == 31 * 24 * hour - hour);
  const auto october = window_at(period::month, 1'792'879'200, berlin);
  CHECK(october.begin == 1'790'805'600);  // 2026-09-30T22:00:00Z
  CHECK(october.end - october.begin == 31 * 24 * hour + hour);
}

TEST_CASE("where the clocks jump over midnight the day begins with the jump", "[P4]") {
  // Brazil until 2018: at 00:00 it was 01:00.
  const auto sao_paulo = zone_of("America/Sao_Paulo");
  constexpr std::int64_t jump = 1'541'300'400;  // 2018-11-04T03:00:00Z
  const auto day = window_at(period::day, jump, sao_paulo);
  CHECK(day.begin == jump);
  CHECK(day.end == jump + 23 * hour);
  CHECK(window_at(period::day, jump - 1, sao_paulo).end == jump);
  CHECK(window_at(period::day, jump - 1, sao_paulo).begin == jump - 24 * hour);
}

TEST_CASE("where the clocks go back at midnight the day before has 25 hours", "[P4]") {
  const auto sao_paulo = zone_of("America/Sao_Paulo");
  constexpr std::int64_t back = 1'518'919'200;  // 2018-02-18T02:00:00Z: 00:00 is 23:00 of the day before
  const auto before = window_at(period::day, back, sao_paulo);
  CHECK(before.end == back + hour);
  CHECK(before.end - before.begin == 25 * hour);
  CHECK(window_at(period::day, back + hour, sao_paulo).begin == back + hour);
}

TEST_CASE("where midnight comes twice the first one counts", "[P4]") {
  // Cuba: at 01:00 it is 00:00 of the same day.
  const auto havana = zone_of("America/Havana");
  constexpr std::int64_t midnight = 1'793'505'600;  // 2026-11-01T04:00:00Z
  for (const auto at : {midnight, midnight + hour, midnight + 90 * 60}) {
    const auto day = window_at(period::day, at, havana);
    CHECK(day.begin == midnight);
    CHECK(day.end == midnight + 25 * hour);
  }
  // Newfoundland until 2011: at 00:01 it was 23:01 of the day before, which was of the month before, too.
  const auto st_johns = zone_of("America/St_Johns");
  constexpr std::int64_t first = 1'257'042'600;  // 2009-11-01T02:30:00Z, a minute before the change
  for (const auto at : {first, first + 60, first + 30 * 60, first + hour, first + 2 * hour}) {
    CHECK(window_at(period::day, at, st_johns).begin == first);
    CHECK(window_at(period::month, at, st_johns).begin == first);
  }
  CHECK(window_at(period::day, first - 1, st_johns).end == first);
}

TEST_CASE("each moment is of one day, one month and one hour, in any zone", "[P4]") {
  constexpr std::int64_t day = 24 * hour;
  struct change {
    const char* zone;
    std::int64_t near;
  };
  for (const auto& [name, near] :
       {change{"Europe/Berlin", 1'774'738'800}, change{"Europe/Berlin", 1'792'879'200},
        change{"America/Sao_Paulo", 1'541'300'400}, change{"America/Sao_Paulo", 1'518'919'200},
        change{"America/Havana", 1'793'505'600}, change{"America/St_Johns", 1'257'042'600},
        change{"Pacific/Apia", 1'325'239'200},  // a day that never was
        change{"Asia/Kathmandu", 1'795'348'800}, change{"UTC", 1'795'348'800}}) {
    INFO(name);
    const auto in = zone_of(name);
    check_partition(period::day, near - 2 * day, near + 2 * day, in);
    check_partition(period::month, near - 2 * day, near + 2 * day, in);
  }
}

TEST_CASE("months are the calendar's") {
  const auto february = window_at(period::month, 1'709'200'000);  // 2024-02-29
  CHECK(february.begin == 1'706'745'600);
  CHECK(february.end - february.begin == 29 * 24 * hour);
  const auto december = window_at(period::month, 1'798'700'000);
  CHECK(december.end == 1'798'761'600);  // 2027-01-01
}

TEST_CASE("an hour is the zone's own where that is half an hour off") {
  const auto kolkata = zone_of("Asia/Kolkata");
  const auto in = window_at(period::hour, 1'795'348'800, kolkata);
  CHECK(in.begin == 1'795'348'800 - hour / 2);
  CHECK(in.end == in.begin + hour);
}
