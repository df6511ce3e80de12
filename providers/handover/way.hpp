// Which way of continuing a target is asked in: what is declared, and what is left after a refusal. Pure.
#pragma once

#include "config/preset.hpp"
#include "routes/error.hpp"

#include <optional>

namespace nearfar::providers::handover {

// The provider's own `continuation`, else its preset's; kind none where its model says `continue: false`.
// `preset` may be null: then it is asked by a turn of the user, which every chat model understands.
config::continuation continuation_of(const config::preset* preset, const config::provider& provider,
                                     const config::target_model& model);

// native → instruct → restart → none.
config::continuation_kind weaker(config::continuation_kind kind);

// The way to try next where this one was refused as such: the body was not understood (400, 422) or its
// path is not there (404). To be remembered for the target. nullopt: a failure like any other.
std::optional<config::continuation_kind> after_refusal(config::continuation_kind tried,
                                                       const routes::error& why);

}  // namespace nearfar::providers::handover
