// What a written request left out or changed, one line each and once only. Fixed words, never a client's
// text.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::openai_chat {

using notes = std::vector<std::string>;

void add_note(notes& to, std::string_view what);
// A note for each member of a dialect's own that openai-chat has no place for. Names that no API has are not
// said: they are the client's text.
void note_members(notes& to, const boost::json::object& extra);

}  // namespace nearfar::providers::openai_chat
