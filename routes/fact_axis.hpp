// The values of a fact at which a policy may change its mind: every choice of a choice, and one number out
// of each interval between the bounds that the policy mentions.
#pragma once

#include "routes/situation.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::routes {

struct axis_value {
  given_value value;
  std::string text;  // "online", "< 20%", "22:00-06:00", "unknown", "none"
  // A number: between these bounds of the axis, counted from 1; 0 and bounds.size() + 1 are the ends.
  bool is_interval = false;
  std::size_t from = 0;
  std::size_t to = 0;
};

struct fact_axis {
  // Just before or just after a number.
  struct bound {
    double at = 0;
    bool after = false;
  };
  std::string fact;  // what situation::give takes
  std::vector<axis_value> values;
  std::vector<bound> bounds;  // of a number, rising
  std::string_view unit;      // "%", " ms"

  // Some of the values, rising: "any", "online or degraded", "< 50%".
  std::string describe(std::span<const std::size_t> some) const;
};

// Nothing in `values`: `fact` is no fact of these policies. Of one value: nothing in them asks for it.
fact_axis axis_of(std::string_view fact, std::span<const policy* const> policies);

// The facts that conditions of these policies ask for, in the order in which they do; a header as
// `header:NAME`. Where there are limits, `reached` too.
std::vector<std::string> facts_read(std::span<const policy* const> policies);
bool reads_fact(const policy& of, std::string_view fact);

// Every fact that axis_of takes, for suggestions.
std::vector<std::string> facts_known(std::span<const policy* const> policies);

}  // namespace nearfar::routes
