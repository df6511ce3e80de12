// Parts as content blocks. Sans-I/O.
#pragma once

#include "providers/dialects/anthropic_messages/writing.hpp"

#include <string>
#include <string_view>

namespace nearfar::providers::anthropic_messages {

bool is_blank(std::string_view text);

// Whether thoughts may go to the target: those that it signed, or that nobody signed where nobody signs.
bool may_replay(const chat::part& part, const write_options& how);

// The block's JSON; empty: left out, with a note, or failed. `id` stands for the part's own where it is
// a call or a result.
std::string write_block(const chat::part& part, writing& work, std::string_view id);

// Arguments as an object: "" is {}, and what is no object stands under "_raw".
void append_input(std::string& to, std::string_view arguments, writing& work);

// Appends the members of `extra`: all of them to their own dialect, else cache_control alone.
void append_extra(std::string& to, const boost::json::object& extra, writing& work, std::string_view of);

}  // namespace nearfar::providers::anthropic_messages
