// What `nearfar simulate` and POST /admin/simulate share: which recorded decisions are wanted, and what is
// judged of the report.
#pragma once

#include "routes/simulate.hpp"

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

struct simulation_wishes {
  std::string model;  // only queries for this name; empty: all
  std::string key;
  std::string since;                 // RFC 3339; empty: from the first
  std::vector<std::string> fail_if;  // "moved>10%"
};

// Empty, or what is wrong with them. Asked before anything is read.
std::string problem_with(const simulation_wishes& wishes);

class simulation_run {
 public:
  // The wishes have no problem; the policy lives as long.
  simulation_run(const routes::policy& rules, const simulation_wishes& wishes);

  // Every line of one log, oldest first. `go_on` is asked now and then; false ends the reading. Empty, or
  // why the log could not be read, with the line.
  std::string read(std::istream& log, const std::string& name, const std::function<bool()>& go_on);
  std::string read(const std::string& file);

  routes::simulation_report report() const { return so_far_.report(); }
  // Those of `fail_if` that hold.
  std::vector<std::string> broken_limits(const routes::simulation_report& of) const;
  // The report as one object; with `fail_if` given, also whether each holds.
  std::string to_json(const routes::simulation_report& of) const;

 private:
  const simulation_wishes& wishes_;
  std::int64_t since_ms_ = std::numeric_limits<std::int64_t>::min();
  routes::simulation so_far_;
};

}  // namespace nearfar::gateway
