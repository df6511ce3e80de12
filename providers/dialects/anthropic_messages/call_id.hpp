// Ids of calls as this dialect takes them.
#pragma once

#include <string>
#include <string_view>

namespace nearfar::providers::anthropic_messages {

// `id` where it is of letters, digits, _ and - (the API's pattern); else with its other characters replaced
// and a hash behind it, so that two ids stay two. The same id becomes the same in every turn.
std::string call_id(std::string_view id);

}  // namespace nearfar::providers::anthropic_messages
