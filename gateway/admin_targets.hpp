// Targets over HTTP: how they are, and switching them by hand.
#pragma once

#include "gateway/request_head.hpp"
#include "gateway/simple_answer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

struct core;

// GET; PUT {"name": "openrouter", "switch": "off" | "last", "for_s": 7200}; DELETE {"name": "openrouter"}.
// A switch only narrows and always ends: `for_s` is compulsory, at most 30 days.
simple_answer answer_targets(core& on, const request_head& head, std::string_view body);

// {"name", "switch", "until", "seconds_left"} of every switch that holds.
std::vector<std::string> switched_now(const core& on);

}  // namespace nearfar::gateway
