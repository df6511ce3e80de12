// What api.openai.com and those that speak its Chat Completions refuse, in their words.
#pragma once

#include "tests/support/dialect_writer.hpp"
#include "tests/support/dialects/request_json.hpp"

#include <optional>
#include <string>

namespace nearfar::support {

refusal openai_refusal(std::string message, std::string code = {}, std::string param = {});

// The field is unknown to the API.
refusal openai_unknown_field(std::string_view name);

// Fields that a reasoning model does not take, and those that the behaviour names.
std::optional<refusal> openai_model_refuses(const behaviour& how, const json::object& top);

// No key came.
std::optional<refusal> openai_key_refuses(const request_head& head);

// Without `strictly` only what no server could answer.
std::optional<refusal> openai_chat_refuses(const incoming& in, const json::object& top, bool strictly);

}  // namespace nearfar::support
