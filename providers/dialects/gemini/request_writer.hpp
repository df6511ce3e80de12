// A conversation as a Gemini request. Sans-I/O.
//
// The model and whether to stream are the path's. `how.set` and `how.defaults` bear on top-level members;
// of generationConfig and toolConfig, which hold most of what there is to say, on their members one by one.
// How hard to think is said by the model's name, thinkingBudget to Gemini 2.5 and thinkingLevel to later
// ones; a configuration that knows better sets generationConfig.thinkingConfig.
#pragma once

#include "providers/dialects/codec.hpp"

namespace nearfar::providers::gemini {

// Errors: media that Gemini cannot be given (a foreign file id, data without a type).
routes::result<written_request> write_request(const chat::chat_request& asked, const write_options& how);

}  // namespace nearfar::providers::gemini
