// The decision. Pure: same policy, query, facts, snapshots, instant and seed give the same plan.
// Allocates nothing.
#pragma once

#include "routes/client_wishes.hpp"
#include "routes/facts.hpp"
#include "routes/plan.hpp"
#include "routes/query.hpp"
#include "routes/target_state.hpp"

#include <cstdint>
#include <span>

namespace nearfar::routes {

// Where the conversation was answered last, while the prompt cache there is alive.
struct sticky_hit {
  target_index target = none_index;
  instant since{};  // its first answer there in a row
};

// A conversation that has something to lose by moving: tools, signed reasoning, or a long prefix.
inline constexpr std::uint64_t sticky_tokens = 2'000;
constexpr bool is_worth_sticking(const query& asked) {
  return asked.tools || asked.reasoning_signed || asked.input_tokens >= sticky_tokens;
}

struct evaluation_input {
  const policy& rules;
  const query& asked;
  const facts& now_true;
  std::span<const target_snapshot> targets;  // policy order, same size as policy::targets()
  instant now;
  std::uint64_t seed = 0;
  sticky_hit sticky{};  // read only where the policy has `stick` and the query is worth it
};

// Permanent filters remove, momentary ones stay in the plan: they are looked at again.
void evaluate(const evaluation_input& in, plan& out, trace& why);

// The HTTP status and the text for an empty plan: names the filter that emptied the list, target by
// target.
struct refusal {
  int status = 0;
  std::string code;  // OpenAI's `code` field, e.g. model_not_found
  std::string message;
  drop_reason by = drop_reason::kept;  // what emptied the list; kept: the name stands for nothing
};
refusal explain_empty(const policy& rules, const query& asked, const plan& p, const trace& why);

}  // namespace nearfar::routes
