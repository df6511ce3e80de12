#include "gateway/limits/window.hpp"

#include <chrono>

namespace nearfar::gateway {

namespace {

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

}  // namespace

window window_at(config::period length, std::int64_t now, std::int32_t offset) {
  const std::int64_t local = now + offset;
  window out;
  switch (length) {
    case config::period::minute:
      out.begin = floor_to(local, 60);
      out.end = out.begin + 60;
      break;
    case config::period::hour:
      out.begin = floor_to(local, 3600);
      out.end = out.begin + 3600;
      break;
    case config::period::day:
      out.begin = floor_to(local, 86'400);
      out.end = out.begin + 86'400;
      break;
    case config::period::month:
      out = month_of(local);
      break;
  }
  return {out.begin - offset, out.end - offset};
}

}  // namespace nearfar::gateway
