// How hard to think, said as a vendor's server understands it. Sans-I/O.
#pragma once

#include "config/quirks.hpp"
#include "providers/dialects/openai_chat/notes.hpp"

#include <boost/json/object.hpp>

#include <string_view>

namespace nearfar::providers::openai_chat {

// Whether a top-level member of this name is said in another way to this target.
bool effort_applies(std::string_view name, const config::quirks& by);

// Turns reasoning_effort and OpenRouter's `reasoning` into the target's style. The vendors' own members
// (thinking, enable_thinking) stay as they are: who sends them knows the server.
void adapt_effort(boost::json::object& body, const config::quirks& by, notes& said);

}  // namespace nearfar::providers::openai_chat
