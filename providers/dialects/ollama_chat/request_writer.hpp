// A conversation as a request of Ollama's native /api/chat. Sans-I/O.
//
// The native API is asked for what the OpenAI-compatible one of the same server cannot say: the context's
// length (options.num_ctx, by `set` or `defaults`), whether to think, how long to keep a model. `set` and
// `defaults` reach into `options` member by member.
#pragma once

#include "providers/dialects/codec.hpp"

namespace nearfar::providers::ollama_chat {

// Errors: media other than inline images, hosted files.
routes::result<written_request> write_request(const chat::chat_request& asked, const write_options& how);

}  // namespace nearfar::providers::ollama_chat
