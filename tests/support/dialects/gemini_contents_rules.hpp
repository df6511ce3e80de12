// What is wrong with the turns of a Gemini request.
#pragma once

#include "tests/support/dialects/gemini_rules.hpp"

namespace nearfar::support {

std::optional<refusal> gemini_contents_refuse(const behaviour& how, std::string_view model,
                                              const json::object& top);

refusal gemini_unknown_name(std::string_view name, std::string_view at);

}  // namespace nearfar::support
