// What conditions mean, where it takes no facts to say.
#pragma once

#include "config/model.hpp"

#include <string_view>

namespace nearfar::config {

// Calls `see(test, negated)` for every test of the tree.
template <class See>
void walk(const condition& c, bool negated, const See& see) {
  if (c.kind == condition_kind::test) see(c.test, negated);
  for (const auto& child : c.children)
    walk(child, c.kind == condition_kind::negate ? !negated : negated, see);
}

inline bool names_fact(const condition& c, std::string_view fact) {
  bool found = false;
  walk(c, false, [&](const fact_test& test, bool) { found = found || test.fact == fact; });
  return found;
}

inline bool is_unconditional(const condition& c) {
  return c.kind == condition_kind::always || (c.kind == condition_kind::all && c.children.empty());
}

constexpr bool compares(const number_test& t, double value) {
  switch (t.op) {
    case compare_op::less:
      return value < t.low;
    case compare_op::less_equal:
      return value <= t.low;
    case compare_op::greater:
      return value > t.low;
    case compare_op::greater_equal:
      return value >= t.low;
    case compare_op::equal:
      return value == t.low;
    case compare_op::between:
      return value >= t.low && value <= t.high;
  }
  return false;
}

}  // namespace nearfar::config
