// What a policy would do and why, over HTTP: the evaluator of the queries, fed by hand.
#pragma once

#include "gateway/simple_answer.hpp"

#include <string>
#include <string_view>

namespace nearfar::gateway {

struct deployment;
struct shared_state;

// {"facts": {"model": "auto", "battery": "12%", "tag": "voice"}, "down": ["homelab"], "live": false,
//  "why_not": "openrouter/x"}. `live`, on by default: facts that are not given are those of this moment,
// and so are breakers, parks and switches; else they are as in `tests:`.
simple_answer explain_facts(shared_state& shared, const deployment& of, std::string_view body);

// The difference of two texts that are both good: written and in the answers, as `nearfar diff --json`.
std::string diff_json(const deployment& before, std::string before_text, const deployment& after,
                      std::string after_text);

}  // namespace nearfar::gateway
