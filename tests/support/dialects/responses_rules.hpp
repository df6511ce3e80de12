// What api.openai.com refuses of a POST to /v1/responses.
#pragma once

#include "tests/support/dialect_writer.hpp"
#include "tests/support/dialects/request_json.hpp"

#include <optional>
#include <string_view>

namespace nearfar::support {

// Begins the id of a function call that was thought about first: such a call does not come back
// without its reasoning.
constexpr std::string_view thought_call_prefix = "fc_rs_";

std::optional<refusal> responses_refuse(const incoming& in, const json::object& top);

}  // namespace nearfar::support
