// A policy asked at every combination of some facts' values.
#pragma once

#include "routes/cell_blocks.hpp"
#include "routes/fact_axis.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace nearfar::routes {

using cell = std::vector<std::size_t>;  // an index into each axis' values

std::uint64_t cells_in(const std::vector<fact_axis>& axes);

// Gives `s` each combination in turn, the last axis fastest, and calls `visit` with it. What a policy
// does not know (another's declared fact) is left out.
void for_each_cell(const std::vector<fact_axis>& axes, situation& s,
                   const std::function<void(const cell&)>& visit);

// As above where all combinations are too many: those that differ from the middle of the grid (`base`) in
// at most `changed` axes.
void for_each_near_cell(const std::vector<fact_axis>& axes, const cell& base, std::size_t changed,
                        situation& s, const std::function<void(const cell&)>& visit);
std::uint64_t near_cells_in(const std::vector<fact_axis>& axes, std::size_t changed);

// How many values each axis has.
std::vector<std::size_t> widths_of(const std::vector<fact_axis>& axes);

// The answer at `s` as it stands.
answer ask(situation& s);

}  // namespace nearfar::routes
