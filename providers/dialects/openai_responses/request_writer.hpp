// A conversation of no dialect as a Responses request. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"

namespace nearfar::providers::openai_responses {

// Nothing is stored at the target (`store: false`), and reasoning is asked for in its encrypted form, so
// that the client can carry it. As codec::write_request's.
routes::result<written_request> write_request(const chat::chat_request& asked, const write_options& how);

}  // namespace nearfar::providers::openai_responses
