// Whether a condition is ever the one that decides.
#pragma once

#include "config/model.hpp"

#include <cstdint>
#include <span>

namespace nearfar::config {

enum class reach : std::uint8_t { possible, impossible, undecided };

// Asked of one configuration; undecided where more combinations than are worth a moment would have to be
// looked at.
class reach_checker {
 public:
  explicit reach_checker(const configuration& c) : configuration_(c) {}

  // Certainly holds, while none of `others` certainly does: as a row of a first-match table.
  reach first(const condition& c, std::span<const condition* const> others);

  // Holds or is unknown: as the `when` of a guard.
  reach applies(const condition& guard_when);

 private:
  const configuration& configuration_;
  std::uint64_t steps_left_ = 10'000'000;
};

}  // namespace nearfar::config
