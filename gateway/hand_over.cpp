#include "gateway/hand_over.hpp"

#include "providers/dialects/openai_chat/continuation_writer.hpp"
#include "providers/handover/eligibility.hpp"
#include "providers/handover/way.hpp"

#include <algorithm>

namespace nearfar::gateway {

namespace {

using config::continuation_kind;
namespace handover = providers::handover;

handover::wanted wanted_by(const query_state& q) {
  if (q.path.in == config::dialect::openai_chat) return providers::openai_chat::wanted_of(q.scratch.view);
  // What else forbids it shows in the answer.
  return {.json = q.asked().json, .choices = q.asked().choices};
}

// The client has what was let out of the leg; of a first leg all that was read was sent, but for what was
// held back.
std::string_view said_with(const running_attempt& attempt) {
  if (attempt.leg) return attempt.leg->said();
  const std::string_view text = attempt.buffers->filter.seen().text();
  return attempt.held_words ? text.substr(0, attempt.held_words->text_gone()) : text;
}

}  // namespace

bool may_hand_over(const query_state& q) {
  return config::is_chat(q.path.in) && q.how->hand_over == config::continue_when::safe && q.plan.size > 1 &&
         !handover::why_not_continuable(wanted_by(q), {.text = "x"});
}

stream_so_far begun_stream(const running_attempt& attempt) {
  const auto& seen = attempt.buffers->filter.seen();
  return {seen.id(), seen.created(), seen.model(), {}, seen.begun()};
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
  if (const auto obstacle = handover::why_not_continuable(wanted_by(q), shown)) {
    return std::string(handover::in_words(*obstacle));
  }
  if (!config::is_chat(q.path.in)) return "this dialect's answers are not continued";
  if (q.plan.size < 2) return "no other target is in the plan";
  q.so_far->said = said_with(broken);
  return std::nullopt;
}

continuation_kind way_of(const query_state& q, routes::target_index index) {
  // The kinds stand in the order of their strength.
  return std::max(q.target(index).continues.kind,
                  q.on.shared.registry.strongest_continuation(*q.deployed, index));
}

bool ask_more_weakly(query_state& q, const running_attempt& asked, const routes::error& why) {
  if (!asked.leg) return false;
  const auto next = handover::after_refusal(asked.leg->kind(), why);
  if (!next) return false;
  q.on.shared.registry.refused_continuation(*q.deployed, asked.target, *next);
  return *next != continuation_kind::none;
}

}  // namespace nearfar::gateway
