#include "providers/dialects/openai_chat/notes.hpp"

#include <algorithm>
#include <array>

namespace nearfar::providers::openai_chat {

namespace {

// Members of the other dialects' requests.
constexpr std::array<std::string_view, 41> known{"cache_control",
                                                 "cachedContent",
                                                 "citations",
                                                 "container",
                                                 "context",
                                                 "context_management",
                                                 "background",
                                                 "betas",
                                                 "conversation",
                                                 "edits",
                                                 "fps",
                                                 "imageConfig",
                                                 "include",
                                                 "keep_alive",
                                                 "labels",
                                                 "max_tool_calls",
                                                 "mcp_servers",
                                                 "mediaResolution",
                                                 "metadata",
                                                 "min_p",
                                                 "moderation",
                                                 "options",
                                                 "output_config",
                                                 "previous_response_id",
                                                 "prompt",
                                                 "prompt_cache_retention",
                                                 "repeat_penalty",
                                                 "repetition_penalty",
                                                 "responseModalities",
                                                 "safetySettings",
                                                 "safety_identifier",
                                                 "service_tier",
                                                 "speechConfig",
                                                 "speed",
                                                 "store",
                                                 "title",
                                                 "toolConfig",
                                                 "truncation",
                                                 "verbosity",
                                                 "videoMetadata",
                                                 "webSearch"};

}  // namespace

void add_note(notes& to, std::string_view what) {
  if (std::find(to.begin(), to.end(), what) == to.end()) to.emplace_back(what);
}

void note_members(notes& to, const boost::json::object& extra) {
  for (const auto& each : extra) {
    const std::string_view key = each.key();
    const bool say = std::find(known.begin(), known.end(), key) != known.end();
    add_note(to, std::string(say ? key : "a member of its dialect's own") + ": openai-chat has none");
  }
}

}  // namespace nearfar::providers::openai_chat
