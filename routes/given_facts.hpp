// Facts as people write them on a command line, turned into what a situation takes.
#pragma once

#include "routes/fact_axis.hpp"
#include "routes/situation.hpp"

#include <string>
#include <string_view>

namespace nearfar::routes {

struct given_text {
  bool taken = false;
  std::string problem;  // "unknown fact `netwrk`"
  std::string help;     // "did you mean `network`?"; may be empty
};

// `network=offline`, `battery=12%`, `input_tokens=5k`, `metered=unknown`, `header:x-app=glasses`,
// `worn=true`, `reached=daily-spend,bursts`: units as in the file. Says what is wrong and what was meant.
given_text give_text(situation& s, std::string_view assignment);
given_text give_text(situation& s, std::string_view fact, std::string_view value);

// A provider or a target by its name.
given_text take_down_text(situation& s, std::string_view name);

// A model name that the policy resolves.
given_text check_model(const situation& s);

}  // namespace nearfar::routes
