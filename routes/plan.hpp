// The answer of evaluate: the ordered targets of one query, and the trace of how they came about.
#pragma once

#include "routes/policy.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace nearfar::routes {

enum class drop_reason : std::uint8_t {
  kept,
  // permanent for this query
  no_dialect,
  no_tools,
  no_images,
  no_audio,
  no_json,
  no_stream,
  other_model,  // embeddings never change model
  context_too_small,
  guard_allow,  // outside every `allow` of a guard that applied
  guard_deny,
  limit,  // a budget or a rate has no room for it
  key,    // the key may not use it
  rule_only,
  max_price,
  // by the client's own wishes
  client_only,    // none of its `only`, or without fallbacks none of its `order`
  client_ignore,  // one of its `ignore`
  client_plugin,  // OpenRouter alone does what it asks for
  client_retention,
  client_price,
  client_quantization,
  client_parameters,
  no_fallbacks,  // another one goes first, and the client wants no other
  // momentary: looked at again before each attempt
  breaker_open,
  parked,
  queue_full,
  too_slow,     // its median first token comes after the deadline
  unreachable,  // by link facts
  absent,       // no key, no model file
  off,          // switched off by hand, never broken
};

bool is_permanent(drop_reason reason);
std::string_view to_string(drop_reason reason);

enum class truth : std::uint8_t { no, yes, unknown };

struct verdict {
  target_index target = none_index;
  drop_reason reason = drop_reason::kept;
  std::uint16_t guard = none_index;  // which, for guard_allow and guard_deny; for limit, which limit
};

enum class stickiness : std::uint8_t {
  none,   // no `stick`, no hit, or nothing to lose
  stays,  // first in the plan
  left,   // a guard, a filter or a hand took the target away or put it last
};

// Fixed size, filled on every evaluation: explain is the production path. Only the first
// `candidates`, `guard_count` and `rules_seen` elements mean anything.
struct trace {
  std::array<verdict, max_candidates> verdicts{};
  std::size_t candidates = 0;
  std::array<truth, max_guards> guards{};    // did `when` hold; unknown applies
  std::array<truth, max_guards> unlesses{};  // only `yes` lifts the guard
  std::size_t guard_count = 0;
  std::array<truth, max_rules> rules{};  // up to and with the one that matched
  std::size_t rules_seen = 0;
  stickiness stick = stickiness::none;
  verdict sticky;  // the target of the hit, and what took it away; `kept` with `left`: put last by hand
};

struct plan {
  std::array<target_index, max_candidates> order{};  // kept and momentarily dropped ones, in order
  std::size_t size = 0;
  std::uint16_t rule = none_index;
  std::uint16_t attempts = 0;  // index for policy::attempts
  bool known_name = false;
};

}  // namespace nearfar::routes
