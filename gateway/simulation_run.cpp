#include "gateway/simulation_run.hpp"

#include "config/moment.hpp"
#include "config/zones.hpp"
#include "gateway/decision_reader.hpp"
#include "routes/json_text.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace nearfar::gateway {

namespace {

// Between two looks at whether somebody still wants the answer.
constexpr unsigned records_a_look = 256;

std::optional<std::int32_t> offset_of(const std::string& zone, std::int64_t at) {
  return zone.empty() ? config::machine_offset(at) : config::zone_offset(zone, at);
}

bool holds(const routes::simulation_report& report, const std::string& limit) {
  return routes::exceeds(report, limit).value_or(false);
}

}  // namespace

std::string problem_with(const simulation_wishes& wishes) {
  if (!wishes.since.empty() && !config::parse_moment(wishes.since))
    return fmt::format("since `{}` is no moment such as 2026-11-22T08:00+01:00", wishes.since);
  for (const auto& limit : wishes.fail_if) {
    // Whether it is one does not depend on the report.
    if (routes::exceeds({}, limit)) continue;
    return fmt::format("fail-if `{}` is not of the form moved>10%, refused>0, cost>5% or undecidable>0",
                       limit);
  }
  return "";
}

simulation_run::simulation_run(const routes::policy& rules, const simulation_wishes& wishes)
    : wishes_(wishes), so_far_(rules, offset_of) {
  if (const auto moment = config::parse_moment(wishes.since)) since_ms_ = *moment * 1000;
}

std::string simulation_run::read(std::istream& log, const std::string& name,
                                 const std::function<bool()>& go_on) {
  unsigned until_look = records_a_look;
  return read_decisions(log, name, [&](routes::decision_record& one) {
    const bool wanted = one.unix_ms >= since_ms_ && (wishes_.model.empty() || one.model == wishes_.model) &&
                        (wishes_.key.empty() || one.key == wishes_.key);
    if (wanted) so_far_.add(one);
    if (--until_look > 0) return true;
    until_look = records_a_look;
    return go_on();
  });
}

std::string simulation_run::read(const std::string& file) {
  std::ifstream in(file);
  if (!in) return fmt::format("{}: {}", file, std::strerror(errno));
  return read(in, file, [] { return true; });
}

std::vector<std::string> simulation_run::broken_limits(const routes::simulation_report& of) const {
  std::vector<std::string> out;
  for (const auto& limit : wishes_.fail_if) {
    if (holds(of, limit)) out.push_back(limit);
  }
  return out;
}

std::string simulation_run::to_json(const routes::simulation_report& of) const {
  auto out = routes::to_json(of);
  if (wishes_.fail_if.empty()) return out;
  out.pop_back();
  out += ",\"fail_if\":" + routes::json_array(wishes_.fail_if, [&](const std::string& limit) {
           return fmt::format(R"({{"limit":{},"holds":{}}})", routes::json_string(limit), holds(of, limit));
         });
  return out + '}';
}

}  // namespace nearfar::gateway
