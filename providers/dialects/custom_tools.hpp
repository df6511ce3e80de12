// Tools of free text (OpenAI's `type: custom`) at targets that know functions alone: each becomes a function
// of one text parameter. The way back is custom_calls.hpp's. Sans-I/O, thread-safe.
#pragma once

#include "config/dialect.hpp"
#include "config/quirks.hpp"
#include "providers/dialects/chat_request.hpp"
#include "providers/dialects/codec.hpp"
#include "providers/dialects/member_list.hpp"
#include "routes/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers {

// The one parameter: OpenAI's name for what such a call says.
inline constexpr std::string_view free_text_parameter = "input";
inline constexpr std::string_view custom_tools_note =
    "custom tools: sent as functions of one text parameter, this target knows no others";

// By its dialect, and in OpenAI's two by the quirk `custom_tools`; null: the dialect as OpenAI serves it.
bool knows_custom_tools(config::dialect speaks, const config::quirks* of);

std::vector<std::string> custom_tool_names(const chat::chat_request& of);

// Tools, calls and results of the history, and the choice. A grammar goes into the description: the target
// is told of it and not held to it. The same request gives the same bytes, so that prompt caches hit.
void custom_tools_as_functions(chat::chat_request& asked);

// Whether that would change anything.
bool any_custom_tools(const chat::chat_request& asked);

// `write` of the request as it is, or with functions and a note.
template <class Write>
routes::result<written_request> write_as_functions(const chat::chat_request& asked, const write_options& how,
                                                   const Write& write) {
  if (!any_custom_tools(asked)) return write(asked, how);
  auto changed = asked;
  custom_tools_as_functions(changed);
  routes::result<written_request> out = write(changed, how);
  if (out) note(out->notes, custom_tools_note);
  return out;
}

}  // namespace nearfar::providers
