// What a vendor's server wants otherwise in an openai-chat request. Sans-I/O.
#pragma once

#include "config/quirks.hpp"
#include "providers/dialects/openai_chat/notes.hpp"
#include "providers/dialects/request_view.hpp"

#include <boost/json/object.hpp>

namespace nearfar::providers::openai_chat {

// Whether adapt() would change anything, by what the facts walk saw: no second walk, no allocation. Says true
// where only the DOM can tell (a call's id, a tool's schema).
bool needs_adapting(const request_view& of, const config::quirks& by);

// Applies the quirks to a request's body, all in one pass; `said` gets a line for each kind of change that
// loses something. A body that is wrong in itself stays wrong: the target refuses it. The same history gives
// the same messages, whatever comes behind it.
void adapt(boost::json::object& body, const config::quirks& by, notes& said);

}  // namespace nearfar::providers::openai_chat
