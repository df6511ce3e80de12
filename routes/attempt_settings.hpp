// HOW a query is tried, with every default filled in.
#pragma once

#include "config/model.hpp"
#include "routes/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nearfar::routes {

// A second attempt beside a silent first one.
struct race_settings {
  std::optional<millis> after;  // absent: the silent target's own p90
};

// Defaults of the project: lenient, strict where the policy asks.
struct attempt_settings {
  std::string name = "default";
  unsigned total = 4;        // attempts for one query
  unsigned same_target = 2;  // tries of one target after a reset or a 5xx
  millis retry_after_max{3'000};
  millis connect{5'000};
  millis load{120'000};
  config::token_clock first_token{millis{15'000}, millis{600}};
  millis stall{120'000};
  millis answer_device{60'000};
  millis answer_self_hosted{180'000};
  millis answer_remote{300'000};
  millis head_after{20'000};
  std::optional<millis> whole;
  std::optional<race_settings> race;
  config::continue_when hand_over = config::continue_when::safe;
  unsigned hold_back = 0;  // words

  millis answer(config::tier t) const;
  millis first_token_for(std::uint64_t input_tokens) const;
};

}  // namespace nearfar::routes
