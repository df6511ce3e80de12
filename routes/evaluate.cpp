#include "routes/evaluate.hpp"

#include "routes/filters.hpp"
#include "routes/fixed_list.hpp"
#include "routes/ordering.hpp"
#include "routes/tables.hpp"
#include "routes/wish_filter.hpp"

#include <algorithm>
#include <span>
#include <string_view>

namespace nearfar::routes {
namespace {

struct placed {
  std::uint32_t group = 0;  // demoted or not, then the rank
  std::uint16_t listed = 0;
  target_index target = none_index;
  double key = 0;
};

bool before(const placed& a, const placed& b) {
  if (a.group != b.group) return a.group < b.group;
  if (a.key != b.key) return a.key < b.key;
  return a.listed < b.listed;
}

void match_rule(const policy::tables& t, const fact_view& v, plan& out, trace& why) {
  for (std::size_t i = 0; i < t.rules.size(); ++i) {
    const bool over = v.now_true.now.unix_seconds >= t.rules[i].until;
    const auto holds = over ? truth::no : t.code.holds(t.rules[i].when, v);
    why.rules[i] = holds;
    why.rules_seen = i + 1;
    if (holds != truth::yes) continue;
    out.rule = static_cast<std::uint16_t>(i);
    return;
  }
}

void match_attempts(const policy::tables& t, const fact_view& v, plan& out) {
  for (std::size_t i = 0; i < t.attempts.size(); ++i) {
    if (t.code.holds(t.attempts[i].when, v) != truth::yes) continue;
    out.attempts = static_cast<std::uint16_t>(i);
    return;
  }
}

std::string_view model_of(const policy::tables& t, target_index i) {
  const std::string_view name = t.targets[i].name;
  return name.substr(t.source->providers[t.targets[i].provider].name.size() + 1);
}

bool same_model(const policy::tables& t, target_index a, target_index b) {
  return t.targets[a].upstream_model == t.targets[b].upstream_model || model_of(t, a) == model_of(t, b);
}

verdict judge(const evaluation_input& in, const wall& guards, const rule_row* rule, target_index first,
              target_index at) {
  const auto& t = in.rules.compiled();
  const auto lacks = incapable(t.targets[at], in.asked);
  if (lacks != drop_reason::kept) return {at, lacks, none_index};
  if (in.asked.in == dialect::openai_embeddings && !same_model(t, first, at)) {
    return {at, drop_reason::other_model, none_index};
  }
  if (!guards.lets(at)) return blamed_guard(in, at);
  if (const auto limit = snapshot_of(in, at).over_limit; limit != none_index)
    return {at, drop_reason::limit, limit};
  if (!key_lets(in.rules, in.asked, at)) return {at, drop_reason::key, none_index};
  if (rule && !rule->only.has(at)) return {at, drop_reason::rule_only, none_index};
  if (rule && !rule->affordable.has(at)) return {at, drop_reason::max_price, none_index};
  if (in.asked.wishes) {
    if (const auto wall = blamed_guard(in, at); wall.reason != drop_reason::kept) return wall;
    if (const auto against = against_wishes(in, at); against != drop_reason::kept)
      return {at, against, none_index};
  }
  return {at, momentary(in, at), none_index};
}

placed place(const evaluation_input& in, const rule_row* rule, target_index at, std::size_t listed) {
  placed p;
  p.target = at;
  p.listed = static_cast<std::uint16_t>(listed);
  const bool put_last = in.now < snapshot_of(in, at).last_until;
  if (put_last) p.group = put_last_bit;
  const auto* const wishes = in.asked.wishes;
  if (wishes) p.group |= wished_group(in, at);
  const bool sorts = wishes && wishes->sort;  // over the rule's ranks, not over what it demotes
  if (rule && rule->demoted.has(at)) p.group |= demoted_bit;
  if (rule && !sorts) p.group |= rule->rank[at];
  const auto by = sorts ? *wishes->sort : rule ? rule->order : config::order_by::listed;
  p.key = order_key(by, in.rules.compiled().targets[at], snapshot_of(in, at), in.asked);
  return p;
}

// Puts the target of the hit first, if everything that may take a target away lets it. It does not pass what
// the client's own order puts before it.
void stick(const evaluation_input& in, std::span<const placed> kept, plan& out, trace& why) {
  const auto target = in.sticky.target;
  if (target == none_index || !in.rules.compiled().sticks || !is_worth_sticking(in.asked)) return;
  const auto* const first = why.verdicts.data();
  const auto* const seen = first + why.candidates;
  const auto* const found = std::find_if(first, seen, [&](const verdict& v) { return v.target == target; });
  if (found == seen) return;  // the client asks for another model now
  why.sticky = *found;
  why.stick = stickiness::left;
  if (found->reason != drop_reason::kept || in.now < snapshot_of(in, target).last_until) return;
  const auto place = std::ranges::find(kept, target, &placed::target);
  if ((place->group & wished_order) != (kept.front().group & wished_order)) return;
  why.stick = stickiness::stays;
  auto* const end = out.order.data() + out.size;
  auto* const at = std::find(out.order.data(), end, target);
  std::rotate(out.order.data(), at, at + 1);
}

// One target: who would be tried first. Nobody usable just now: who leads the list.
void cut_to_one(plan& out, trace& why) {
  const auto verdict_of = [&](target_index t) -> verdict& {
    return *std::find_if(why.verdicts.begin(), why.verdicts.end(),
                         [&](const verdict& v) { return v.target == t; });
  };
  const auto end = out.order.begin() + static_cast<std::ptrdiff_t>(out.size);
  const auto usable = std::find_if(out.order.begin(), end,
                                   [&](target_index t) { return verdict_of(t).reason == drop_reason::kept; });
  const auto chosen = usable == end ? out.order.front() : *usable;
  for (auto at = out.order.begin(); at != end; ++at) {
    if (*at != chosen) verdict_of(*at).reason = drop_reason::no_fallbacks;
  }
  out.order.front() = chosen;
  out.size = 1;
}

}  // namespace

void evaluate(const evaluation_input& in, plan& out, trace& why) {
  const auto& t = in.rules.compiled();
  const fact_view v{in.asked, in.now_true};
  candidate_list room;
  const auto candidates =
      in.asked.wishes ? candidates_of(in.rules, in.asked, room) : t.names.find(in.asked.model);
  out.size = 0;
  out.rule = none_index;
  out.attempts = static_cast<std::uint16_t>(t.attempts.size() - 1);
  out.known_name = !candidates.empty();
  why.candidates = candidates.size();
  why.guard_count = 0;
  why.rules_seen = 0;
  why.stick = stickiness::none;
  if (candidates.empty()) return;

  const auto guards = raise_wall(in, &why);
  match_rule(t, v, out, why);
  match_attempts(t, v, out);
  const auto* rule = out.rule == none_index ? nullptr : &t.rules[out.rule];

  fixed_list<placed, max_candidates> kept;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    why.verdicts[i] = judge(in, guards, rule, candidates.front(), candidates[i]);
    if (!is_permanent(why.verdicts[i].reason)) kept.add(place(in, rule, candidates[i], i));
  }
  std::sort(kept.begin(), kept.end(), before);
  for (const auto& one : kept) out.order[out.size++] = one.target;
  stick(in, kept, out, why);
  const auto* const wishes = in.asked.wishes;
  if (wishes && !wishes->fallbacks && wishes->order.empty() && out.size > 1) cut_to_one(out, why);
}

}  // namespace nearfar::routes
