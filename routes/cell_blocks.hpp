// Cells of a grid of answers, joined into as few blocks as can be found.
#pragma once

#include <cstddef>
#include <vector>

namespace nearfar::routes {

// Every combination of these values has this answer.
struct block {
  std::vector<std::vector<std::size_t>> values;  // per axis, rising
  std::size_t answer = 0;
};

// `cells`: blocks of one value an axis, no two alike, in the order of the grid. `widths`: how many values
// each axis has. Every cell is in exactly one of the blocks that come out, and these hold nothing else.
// Fewest blocks count first, then fewest axes that matter; of equals the order of the first cell.
//
// Finding the fewest is hard in general (a cover of a set); this is a search by greedy means whose outcome
// does not depend on chance.
std::vector<block> joined(std::vector<block> cells, const std::vector<std::size_t>& widths);

}  // namespace nearfar::routes
