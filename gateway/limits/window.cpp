#include "gateway/limits/window.hpp"

#include <algorithm>
#include <chrono>

namespace nearfar::gateway {

namespace {

constexpr std::int64_t day_seconds = 86'400;

constexpr std::int64_t floor_to(std::int64_t value, std::int64_t step) {
  const auto rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

window month_of(std::int64_t local) {
  using namespace std::chrono;
  const year_month_day date{floor<days>(sys_seconds(seconds(local)))};
  const auto first = sys_days(date.year() / date.month() / 1);
  const auto next = sys_days((date.year() / date.month() + months(1)) / 1);
  return {sys_seconds(first).time_since_epoch().count(), sys_seconds(next).time_since_epoch().count()};
}

window day_of_local(std::int64_t local) {
  const auto begin = floor_to(local, day_seconds);
  return {begin, begin + day_seconds};
}

// When the zone's clocks first show that time or a later one. No zone is a day away from UTC, so the day on
// either side tells whether they change near it; two changes within two days there are none.
std::int64_t first_at(std::int64_t local, const config::zone& in) {
  auto before = local - day_seconds;
  auto after = local + day_seconds;
  const auto old_offset = in.offset_at(before);
  const auto new_offset = in.offset_at(after);
  if (old_offset == new_offset) return local - old_offset;
  while (after - before > 1) {
    const auto middle = before + (after - before) / 2;
    (in.offset_at(middle) == old_offset ? before : after) = middle;
  }
  const auto change = after;
  if (local - old_offset < change) return local - old_offset;
  // A time that the clocks jump over comes with the jump.
  return std::max(local - new_offset, change);
}

template <class Bounds>
window of_calendar(std::int64_t now, const config::zone& in, Bounds bounds) {
  auto local = bounds(now + in.offset_at(now));
  window out{first_at(local.begin, in), first_at(local.end, in)};
  if (now < out.end) return out;
  // The next one has begun already, and the clocks were set back into this one.
  local = bounds(local.end);
  return {out.end, first_at(local.end, in)};
}

window of_clock(std::int64_t now, const config::zone& in, std::int64_t length) {
  const auto offset = in.offset_at(now);
  const auto begin = floor_to(now + offset, length) - offset;
  return {begin, begin + length};
}

}  // namespace

window window_at(config::period length, std::int64_t now, const config::zone& in) {
  switch (length) {
    case config::period::minute:
      return of_clock(now, in, 60);
    case config::period::hour:
      return of_clock(now, in, 3600);
    case config::period::day:
      return of_calendar(now, in, day_of_local);
    case config::period::month:
      return of_calendar(now, in, month_of);
  }
  return {};
}

}  // namespace nearfar::gateway
