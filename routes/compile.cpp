#include "routes/compile.hpp"

#include "config/moment.hpp"
#include "routes/limits.hpp"
#include "routes/selectors.hpp"

#include <fmt/format.h>

#include <climits>

namespace nearfar::routes {
namespace {

std::int64_t end_of(const std::optional<std::string>& until, config::mark where, compile_log& log) {
  if (!until) return no_end;
  if (const auto at = config::parse_moment(*until)) return *at;
  log.error("R009", where, fmt::format("`until: {}` is no point in time", *until),
            "write it as 2026-12-01T08:00+01:00");
  return no_end;
}

target_set everything(std::size_t count) {
  target_set all(count);
  for (std::size_t i = 0; i < count; ++i) all.add(i);
  return all;
}

void merge(attempt_settings& s, const config::attempts_entry& e) {
  const auto take = [](auto& into, const auto& from) {
    if (from) into = *from;
  };
  take(s.total, e.total);
  take(s.same_target, e.same_target);
  take(s.retry_after_max, e.retry_after_max);
  take(s.connect, e.connect);
  take(s.load, e.load);
  take(s.first_token, e.first_token);
  take(s.stall, e.stall);
  take(s.answer_device, e.answer.device);
  take(s.answer_self_hosted, e.answer.self_hosted);
  take(s.answer_remote, e.answer.remote);
  take(s.head_after, e.head_after);
  if (e.whole) s.whole = e.whole;
  if (e.race) s.race = race_settings{e.race->after};
  take(s.hand_over, e.hand_over);
  take(s.hold_back, e.hold_back);
}

bool affordable(const config::max_price& cap, const target& t) {
  if (cap.input && !(t.price_input && *t.price_input <= *cap.input)) return false;
  return !(cap.output && !(t.price_output && *t.price_output <= *cap.output));
}

rule_row make_rule(const config::rule& r, const policy::tables& t, compile_log& log) {
  const auto count = t.targets.size();
  const auto& from = *t.source;
  rule_row row;
  row.order = r.order;
  row.until = end_of(r.until, r.where, log);
  check_names(r.only, from, log);
  row.only = r.only.empty() ? everything(count) : selected(r.only, t.targets, from, doubt::excluded);
  row.affordable = target_set(count);
  row.demoted = target_set(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!r.price_cap || affordable(*r.price_cap, t.targets[i])) row.affordable.add(i);
    if (r.min_quality && t.targets[i].quality.value_or(INT_MIN) < *r.min_quality) row.demoted.add(i);
  }
  row.rank.assign(count, static_cast<std::uint16_t>(r.prefer.size()));
  for (std::size_t rank = r.prefer.size(); rank-- > 0;) {
    check_names(r.prefer[rank], from, log);
    const auto named = selected(r.prefer[rank], t.targets, from, doubt::excluded);
    for (std::size_t i = 0; i < count; ++i) {
      if (named.has(i)) row.rank[i] = static_cast<std::uint16_t>(rank);
    }
  }
  return row;
}

}  // namespace

void compile_guards(policy::tables& t, condition_compiler& conditions, compile_log& log) {
  const auto& from = *t.source;
  if (from.guards.size() > max_guards) {
    log.error("R006", from.guards[max_guards].where,
              fmt::format("{} guards are too many", from.guards.size()),
              fmt::format("at most {}", max_guards));
    return;
  }
  for (const auto& g : from.guards) {
    guard_row row;
    row.when = conditions.compile(g.when);
    if (g.unless) row.unless = conditions.compile(*g.unless);
    row.until = end_of(g.until, g.where, log);
    check_names(g.allow, from, log);
    check_names(g.deny, from, log);
    check_guard_privacy(g, log);
    row.denied = selected(g.deny, t.targets, from, doubt::included);
    const auto allowed =
        g.allow.empty() ? everything(t.targets.size()) : selected(g.allow, t.targets, from, doubt::excluded);
    row.passed = target_set(t.targets.size());
    for (std::size_t i = 0; i < t.targets.size(); ++i) {
      if (allowed.has(i) && !row.denied.has(i)) row.passed.add(i);
    }
    t.guards.push_back(std::move(row));
  }
}

void compile_rules(policy::tables& t, condition_compiler& conditions, compile_log& log) {
  const auto& from = *t.source;
  if (from.rules.size() > max_rules) {
    log.error("R006", from.rules[max_rules].where, fmt::format("{} rules are too many", from.rules.size()),
              fmt::format("at most {}", max_rules));
    return;
  }
  for (const auto& r : from.rules) {
    auto row = make_rule(r, t, log);
    row.when = conditions.compile(r.when);
    t.rules.push_back(std::move(row));
  }
}

target_set racers_of(const config::attempts_entry& e, const policy::tables& t) {
  if (e.race->with.empty()) return everything(t.targets.size());
  return selected(e.race->with, t.targets, *t.source, doubt::excluded);
}

void compile_attempts(policy::tables& t, condition_compiler& conditions, compile_log& log) {
  const auto& from = *t.source;
  attempt_settings base;
  target_set base_racers(t.targets.size());
  for (auto e = from.attempts.rbegin(); e != from.attempts.rend(); ++e) {
    if (e->name != "default") continue;
    merge(base, *e);
    if (e->race) base_racers = racers_of(*e, t);
    break;
  }
  for (const auto& e : from.attempts) {
    attempts_row row;
    row.when = conditions.compile(e.when);
    row.settings = base;
    row.settings.name = e.name;
    merge(row.settings, e);
    if (e.race) check_names(e.race->with, from, log);
    row.racers = e.race ? racers_of(e, t) : base_racers;
    t.attempts.push_back(std::move(row));
  }
  attempts_row fallback;
  fallback.when = conditions.compile(config::condition{});
  fallback.settings = base;
  fallback.racers = base_racers;
  t.attempts.push_back(std::move(fallback));
}

namespace {

target_set taken_by(const config::limit& l, const policy::tables& t) {
  const auto count = t.targets.size();
  if (!l.then) return everything(count);
  // A wall of money: what a target does not say of itself counts against it.
  const auto denied = selected(l.then->deny, t.targets, *t.source, doubt::included);
  const auto only = l.then->only.empty() ? everything(count)
                                         : selected(l.then->only, t.targets, *t.source, doubt::excluded);
  target_set out(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (denied.has(i) || !only.has(i)) out.add(i);
  }
  return out;
}

// One finding a provider: a list of discovered models may be long.
void advise_on_prices(const policy::tables& t, const std::vector<const config::limit*>& meeting,
                      const target_set& unpriced, compile_log& log) {
  constexpr std::size_t named = 3;
  for (std::size_t p = 0; p < t.source->providers.size(); ++p) {
    std::string names;
    std::size_t count = 0;
    config::mark where;
    for (std::size_t i = 0; i < t.targets.size(); ++i) {
      if (t.targets[i].provider != p || !unpriced.has(i)) continue;
      const auto& model = t.source->providers[p].models[t.targets[i].model];
      if (count == 0) where = model.where.line != 0 ? model.where : t.source->providers[p].where;
      if (count++ < named) names += fmt::format("{}`{}`", names.empty() ? "" : ", ", t.targets[i].name);
    }
    if (count == 0) continue;
    if (count > named) names += fmt::format(" and {} more", count - named);
    log.warning("R015", where, fmt::format("the price of {} is not known", names),
                fmt::format("while limit `{}` bears, {} never used: say `price`, which may be `free`",
                            meeting.front()->name, count == 1 ? "it is" : "they are"));
  }
}

}  // namespace

void compile_limits(policy::tables& t, condition_compiler& conditions, compile_log& log) {
  const auto& from = *t.source;
  if (from.limits.size() > max_limits) {
    log.error("R006", from.limits[max_limits].where,
              fmt::format("{} limits are too many", from.limits.size()),
              fmt::format("at most {}", max_limits));
    return;
  }
  target_set unpriced(t.targets.size());
  std::vector<const config::limit*> meeting;
  for (const auto& l : from.limits) {
    limit_row row;
    row.when = conditions.compile(l.when);
    if (l.then) {
      check_names(l.then->deny, from, log);
      check_names(l.then->only, from, log);
    }
    row.takes = taken_by(l, t);
    for (std::size_t i = 0; i < t.targets.size() && l.of == config::limit_of::cost; ++i) {
      if (!row.takes.has(i) || is_priced(t.targets[i])) continue;
      unpriced.add(i);
      row.meets_unpriced = true;
    }
    if (row.meets_unpriced) meeting.push_back(&l);
    t.limits.push_back(std::move(row));
  }
  if (!meeting.empty()) advise_on_prices(t, meeting, unpriced, log);
}

}  // namespace nearfar::routes
