// `output_config.format` takes schemas whose objects all say `additionalProperties: false`
// (https://platform.claude.com/docs/en/build-with-claude/structured-outputs, JSON Schema limitations).
#pragma once

#include <boost/json/value.hpp>

#include <optional>

namespace nearfar::providers::anthropic_messages {

struct closed_schema {
  boost::json::value schema;
  bool changed = false;  // objects that left it open are closed
};

// Nothing: an object asks for further members, which the API has no way to give.
std::optional<closed_schema> close_schema(const boost::json::value& of);

}  // namespace nearfar::providers::anthropic_messages
