// What is wrong with a list of Chat Completions messages, by vendor.
#pragma once

#include "tests/support/dialects/openai_rules.hpp"

namespace nearfar::support {

std::optional<refusal> openai_messages_refuse(const behaviour& how, const json::object& top,
                                              const json::array& messages);

}  // namespace nearfar::support
