// What is wrong with the turns and the system text of an Anthropic request.
#pragma once

#include "tests/support/dialects/anthropic_rules.hpp"

namespace nearfar::support {

std::optional<refusal> anthropic_messages_refuse(const incoming& in, const json::object& top);

}  // namespace nearfar::support
