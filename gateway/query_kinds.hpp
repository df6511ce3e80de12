// The kinds of query that are no conversation to be answered: token counts, and what passes as it comes.
#pragma once

#include "gateway/query_state.hpp"

namespace nearfar::gateway {

// Whether answers of this dialect pass unread: sound, images, lists of another shape.
constexpr bool is_opaque(config::dialect d) {
  return d >= config::dialect::audio_transcriptions;
}

// A token count of our own, in the client's dialect: an estimate by script. The query is complete then.
providers::task<void> answer_estimate(query_state& q);

// Whether the first target of the plan can count by itself. Nobody else is worth asking: another model
// counts in other tokens.
bool counts_itself(const query_state& q);

}  // namespace nearfar::gateway
