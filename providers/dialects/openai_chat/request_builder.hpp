// A conversation of any dialect as the body of an openai-chat request. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"

namespace nearfar::providers::openai_chat {

// As codec::write_request says. The target's quirks are applied; `set` and `defaults` come last, as they are.
routes::result<written_request> build_request(const chat::chat_request& asked, const write_options& how);

}  // namespace nearfar::providers::openai_chat
