// What people write as the amount of a limit: money or a count, and what they write instead.
#pragma once

#include "config/units.hpp"

#include <optional>
#include <string_view>

namespace nearfar::config {

struct limit_amount_result {
  std::optional<double> value;  // in USD, or a count
  bool money = false;
  number_error error;
};

// "5 USD", "60", "2M". What speaks of money (`$5`, `1 EUR`, `5 dollars`) or brings its period along
// (`5 USD/day`) is an error whose help says how to write just that.
limit_amount_result parse_limit_amount(std::string_view text);

}  // namespace nearfar::config
