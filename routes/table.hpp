// A policy as a matrix of answers: one row per combination of some facts' values, rows with equal answers
// joined.
#pragma once

#include "routes/answer_grid.hpp"

#include <string>
#include <vector>

namespace nearfar::routes {

inline constexpr std::uint64_t max_table_cells = 200'000;

struct policy_table {
  struct row {
    std::vector<std::string> values;  // one for each of `by`; "any" where it does not matter
    std::string target;               // the first; "none": refused, "out of reach": held back for the moment
    std::string rule;
    std::vector<std::string> order;
  };
  std::vector<std::string> by;
  std::string model;
  std::string revision;
  std::uint64_t combinations = 0;
  std::vector<row> rows;
};

// How far rows are told apart: by all of the order, or by its first target and the rule.
enum class table_detail : std::uint8_t { first_target, whole_order };

// `base` holds all other facts. At most max_table_cells combinations: the caller has asked cells_in.
policy_table make_table(situation base, const std::vector<fact_axis>& by, table_detail detail);

std::string to_text(const policy_table& t, table_detail detail);
std::string to_json(const policy_table& t);

// Columns two blanks apart, the first row is the heading.
std::string columns(const std::vector<std::vector<std::string>>& rows);

// "none", "out of reach" or the name of the first target.
std::string first_of(const policy& rules, const answer& a);
std::vector<std::string> order_of(const policy& rules, const answer& a);

}  // namespace nearfar::routes
