#include "routes/filters.hpp"

#include "routes/client_wishes.hpp"
#include "routes/tables.hpp"

namespace nearfar::routes {
namespace {

struct guard_truth {
  truth when = truth::no;
  truth unless = truth::no;
  // Unknown applies, and only a certain `unless` lifts: a wall falls to no doubt.
  bool applies() const { return when != truth::no && unless != truth::yes; }
};

guard_truth ask(const guard_row& row, const condition_code& code, const fact_view& v) {
  if (v.now_true.now.unix_seconds >= row.until) return {};
  guard_truth t;
  t.when = code.holds(row.when, v);
  if (t.when != truth::no && row.unless) t.unless = code.holds(*row.unless, v);
  return t;
}

bool is_offline(const sensed<network_state>& network) {
  return network == network_state::offline || network == network_state::portal;
}

}  // namespace

bool key_lets(const policy& rules, const query& asked, target_index t) {
  const auto& to = rules.targets()[t];
  if ((asked.key_tiers >> static_cast<unsigned>(to.tier) & 1U) == 0) return false;
  return rules.configuration().providers[to.provider].key.kind != config::secret_kind::client ||
         asked.own_credential;
}

wall raise_wall(const evaluation_input& in, trace* why) {
  const auto& t = in.rules.compiled();
  const fact_view v{in.asked, in.now_true};
  wall w(t.targets.size());
  if (why) why->guard_count = t.guards.size();
  for (std::size_t i = 0; i < t.guards.size(); ++i) {
    const auto answer = ask(t.guards[i], t.code, v);
    if (why) {
      why->guards[i] = answer.when;
      why->unlesses[i] = answer.unless;
    }
    if (answer.applies()) w.narrow(t.guards[i].passed);
  }
  return w;
}

namespace {

verdict blamed_under(const evaluation_input& in, const query& asked, target_index target) {
  const auto& t = in.rules.compiled();
  const fact_view v{asked, in.now_true};
  for (std::size_t i = 0; i < t.guards.size(); ++i) {
    const auto& row = t.guards[i];
    if (row.passed.has(target) || !ask(row, t.code, v).applies()) continue;
    const auto reason = row.denied.has(target) ? drop_reason::guard_deny : drop_reason::guard_allow;
    return {target, reason, static_cast<std::uint16_t>(i)};
  }
  return {target, drop_reason::kept, none_index};
}

}  // namespace

verdict blamed_guard(const evaluation_input& in, target_index target) {
  const auto by_name = blamed_under(in, in.asked, target);
  if (by_name.reason != drop_reason::kept || !in.asked.wishes || in.asked.wishes->models.empty())
    return by_name;
  const auto place = brought_by(in.rules, in.asked, target);
  if (place == 0) return by_name;
  auto renamed = in.asked;
  renamed.model = in.asked.wishes->models[place - 1];
  return blamed_under(in, renamed, target);
}

drop_reason incapable(const target& t, const query& asked) {
  if (!t.answers(asked.in)) return drop_reason::no_dialect;
  if (asked.tools && !t.tools) return drop_reason::no_tools;
  if (asked.images && !t.images) return drop_reason::no_images;
  if (asked.audio && !t.audio) return drop_reason::no_audio;
  if (asked.json && !t.json) return drop_reason::no_json;
  if (asked.stream && !t.stream) return drop_reason::no_stream;
  // Two comparisons instead of a sum: a client may send any number as max_tokens.
  if (t.context &&
      (asked.input_tokens > *t.context || asked.output_tokens > *t.context - asked.input_tokens)) {
    return drop_reason::context_too_small;
  }
  return drop_reason::kept;
}

const target_snapshot& snapshot_of(const evaluation_input& in, target_index t) {
  static const target_snapshot nothing_known;
  return t < in.targets.size() ? in.targets[t] : nothing_known;
}

drop_reason momentary(const evaluation_input& in, target_index t) {
  const auto& s = snapshot_of(in, t);
  if (in.now < s.off_until) return drop_reason::off;
  if (s.absent) return drop_reason::absent;
  if (s.parked.holds(in.now)) return drop_reason::parked;
  const auto needs = in.rules.compiled().targets[t].needs;
  if (needs == reach::internet && is_offline(in.now_true.network)) return drop_reason::unreachable;
  if (needs == reach::lan && in.now_true.lan == lan_state::down) return drop_reason::unreachable;
  if (!s.breaker_admits) return drop_reason::breaker_open;
  if (s.queue_full) return drop_reason::queue_full;
  if (in.asked.deadline_ms && s.first_token_median &&
      static_cast<std::uint64_t>(s.first_token_median->count()) > *in.asked.deadline_ms) {
    return drop_reason::too_slow;
  }
  return drop_reason::kept;
}

}  // namespace nearfar::routes
