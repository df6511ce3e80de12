#include "gateway/hand_over.hpp"

#include "providers/handover/eligibility.hpp"

#include <algorithm>

namespace nearfar::gateway {

namespace {

using config::continuation_kind;
namespace handover = providers::handover;

handover::wanted wanted_by(const routes::query& asked) {
  return {.json = asked.json, .choices = asked.choices};
}

// The client has what was let out of the leg; of a first leg all that was read was sent.
const std::string& said_with(const running_attempt& attempt) {
  return attempt.leg ? attempt.leg->said() : attempt.buffers->filter.seen().text();
}

}  // namespace

bool may_hand_over(const query_state& q) {
  return q.how->hand_over == config::continue_when::safe && q.plan.size > 1 &&
         !handover::why_not_continuable(wanted_by(q.asked()), {.text = "x"});
}

stream_so_far begun_stream(const running_attempt& attempt) {
  const auto& seen = attempt.buffers->filter.seen();
  return {seen.id(), seen.created(), seen.model(), {}};
}

std::optional<std::string> take_over(query_state& q, const running_attempt& broken, std::string why) {
  const auto& seen = broken.buffers->filter.seen();
  if (!q.so_far) q.so_far = begun_stream(broken);
  q.broke_because = std::move(why);
  if (q.how->hand_over == config::continue_when::never) return "the policy says `continue: never`";
  // Of a later leg the client has text alone, whatever else the target said.
  auto shown = seen.shown();
  if (broken.leg) shown = {};
  shown.text = said_with(broken);
  if (const auto obstacle = handover::why_not_continuable(wanted_by(q.asked()), shown)) {
    return std::string(handover::in_words(*obstacle));
  }
  if (q.plan.size < 2) return "no other target is in the plan";
  q.so_far->said = said_with(broken);
  return std::nullopt;
}

const config::continuation& continuation_of(const deployed_target& target) {
  static const config::continuation by_instruction;
  if (target.from->hand_over) return *target.from->hand_over;
  return target.preset ? target.preset->hand_over : by_instruction;
}

continuation_kind way_of(const query_state& q, routes::target_index index) {
  const auto& target = q.target(index);
  if (target.model->hand_over == false) return continuation_kind::none;
  const auto declared = continuation_of(target).kind;
  // The kinds stand in the order of their strength.
  return std::max(declared, q.on.shared.registry.strongest_continuation(*q.deployed, index));
}

bool ask_more_weakly(query_state& q, const running_attempt& refused) {
  if (!refused.leg || refused.leg->kind() >= continuation_kind::restart) return false;
  const auto next = static_cast<continuation_kind>(static_cast<int>(refused.leg->kind()) + 1);
  q.on.shared.registry.refused_continuation(*q.deployed, refused.target, next);
  return true;
}

}  // namespace nearfar::gateway
