// The request that asks another target to go on with a broken answer: the client's own bytes with one or
// two messages more. Sans-I/O.
#pragma once

#include "providers/dialects/openai_chat/request_writer.hpp"
#include "providers/handover/ask.hpp"
#include "providers/handover/eligibility.hpp"

namespace nearfar::providers::openai_chat {

// `changes` are those of a first attempt at that target; the continuation's `set` goes over its own.
//
// native: a last message {"role":"assistant","content":…} with what was said and the vendor's fields.
// instruct: the same message without them, then a turn of the user that asks to go on. The client's own
//   messages, the system prompt above all, stay as they are.
// restart: the request again.
// A limit of tokens shrinks by what was said, but not for a restart.
//
// What was said is sent without white space at its end where the vendor wants it so (`trim`), and with
// instruct always; seam_rule::cut says how much. Where nothing but white space was said, or where the
// client's last message is the assistant's already, only a restart is left, and `asked` says so.
handover::asked splice_continuation(const request_view& from, const request_changes& changes,
                                    const handover::ask& what, spliced_body& into);

// What the query asks for that forbids continuing its answer.
handover::wanted wanted_of(const request_view& from);

}  // namespace nearfar::providers::openai_chat
