// Conditions as flat tables. Evaluation walks indices, compares views and allocates nothing.
#pragma once

#include "config/model.hpp"
#include "routes/fact_table.hpp"
#include "routes/plan.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nearfar::routes {

// One value that may hold. Which members count depends on the fact's shape.
struct value_test {
  config::compare_op op = config::compare_op::equal;
  bool glob = false;                // text: has a `*`
  bool prefix = false;              // header: the value may go on
  std::uint16_t zone = none_index;  // window, weekday; none_index: the machine's
  std::uint32_t days = 0;           // weekday: bit 0 is Monday
  double low = 0;                   // number, and the window's first minute
  double high = 0;
  std::string text;  // text, header value
  std::string name;  // header name, lower case
};

struct condition_node {
  config::condition_kind kind = config::condition_kind::always;
  fact_id fact = fact_id::declared;
  fact_shape shape = fact_shape::flag;
  std::uint16_t declared = 0;  // index of a declared fact
  std::uint32_t mask = 0;      // flag, choice: which ordinals hold
  std::uint32_t first = 0;     // into children (all, any, negate) or values (test)
  std::uint32_t count = 0;
  const config::fact_test* source = nullptr;  // lives with the configuration; for explain
};

truth kleene_not(truth a);
truth kleene_and(truth a, truth b);
truth kleene_or(truth a, truth b);

struct condition_code {
  std::vector<condition_node> nodes;
  std::vector<std::uint32_t> children;
  std::vector<value_test> values;

  truth holds(std::uint32_t node, const fact_view& v) const;

 private:
  truth test(const condition_node& node, const fact_view& v) const;
  truth test_declared(const condition_node& node, const fact_view& v) const;
  truth test_clock(const condition_node& node, const fact_view& v) const;
};

}  // namespace nearfar::routes
