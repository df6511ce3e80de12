// Why a target is not the answer: the one line in the way, and the smallest change of a single fact that
// would put it first, or at least into the plan.
#pragma once

#include "routes/situation.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::routes {

struct why_not {
  enum class state : std::uint8_t {
    first,         // it is the answer
    behind,        // in the plan, others come first
    held_back,     // in the plan, out of reach for the moment
    dropped,       // not in the plan
    no_candidate,  // the model name does not stand for it
    unknown_target
  };
  struct change {
    std::string fact;
    std::string was;
    std::string becomes;       // as `--fact` takes it
    std::size_t position = 0;  // 1: first
  };

  state is = state::unknown_target;
  std::string target;
  std::size_t position = 0;  // in the plan, from 1; 0: not in it
  std::string in_the_way;    // "guard no-roaming-bills (nearfar.yaml:30) denies it because metered is true"
  std::optional<change> remedy;  // none: no single fact would do
  std::size_t tried = 0;         // changes that were looked at
};

// `target` by the names that selectors take. Looks with evaluate itself at every value of every fact
// where this policy may change its mind.
why_not explain_why_not(const situation& now, std::string_view target);

// One or two lines.
std::string to_text(const why_not& w);
std::string to_json(const why_not& w);

// Names of targets, for suggestions.
std::vector<std::string> target_names(const policy& rules);

// "first", "second", "4th".
std::string ordinal(std::size_t position);

}  // namespace nearfar::routes
