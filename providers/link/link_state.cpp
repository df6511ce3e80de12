#include "providers/link/link_state.hpp"

#include <algorithm>

namespace nearfar::providers {

using routes::instant;
using routes::millis;

namespace {

// A verdict that probes keep alive outlives the wait for the next one by what a probe may take.
constexpr millis probe_time{5'000};

// An answer may still be read from a socket whose link has just gone: only one that comes later shows a
// way that the tables do not (a host route, a tunnel).
constexpr millis last_words{2'000};

}  // namespace

link_change link_state::differs(bool was_online, bool is_online) {
  if (was_online == is_online) return link_change::none;
  return is_online ? link_change::came_back : link_change::changed;
}

link_change link_state::clear(scope_state& s, instant now) {
  const bool was_judged = s.judged != verdict::none && now < s.judged_until;
  s.judged = verdict::none;
  s.judged_until = {};
  s.silent = 0;
  s.suspicious = false;
  return was_judged ? link_change::came_back : link_change::none;
}

link_change link_state::links(link_scope scope, bool up, instant now) {
  auto& s = of(scope);
  const bool was_up = s.up.value_or(true);
  s.up = up;
  if (up == was_up) return link_change::none;
  s.up_since = now;
  s.overruled = false;
  // Another link: nothing that was seen of the old one holds.
  clear(s, now);
  s.slow_until = {};
  return up ? link_change::came_back : link_change::changed;
}

void link_state::suspect(scope_state& s, instant now) {
  if (s.suspicious) return;
  s.suspicious = true;
  s.wait = first_probe;
  s.probe_at = now + s.wait;
}

void link_state::judge(scope_state& s, evidence what, instant now) {
  const auto decide = [&](verdict v) {
    s.judged = v;
    s.judged_until = std::max(s.judged_until, now + inferred_for);
  };
  switch (what) {
    case evidence::no_route:
      decide(verdict::offline);
      break;
    case evidence::silent:
      if (++s.silent >= silent_connects) decide(verdict::offline);
      break;
    case evidence::wrong_name:
    case evidence::redirected:
      decide(verdict::portal);
      break;
    case evidence::reached:
    case evidence::refused:
    case evidence::slow:
    case evidence::untrusted:
      break;
  }
}

link_change link_state::saw(link_scope scope, evidence what, instant now) {
  auto& s = of(scope);
  const bool was = is_online(scope, now);
  if (cut_off(s)) {
    if (now - s.up_since < last_words || (what != evidence::reached && what != evidence::slow))
      return link_change::none;
    s.overruled = true;
    return link_change::came_back;
  }
  if (what == evidence::reached) return clear(s, now);
  if (what == evidence::slow) {
    clear(s, now);
    s.slow_until = now + inferred_for;
    return differs(was, is_online(scope, now)) == link_change::came_back ? link_change::came_back
                                                                         : link_change::changed;
  }
  if (s.overruled) {
    s.overruled = false;
    return link_change::changed;
  }
  if (scope == link_scope::lan) {
    // No certificate of the LAN is a portal's, and a refusal there is a server that is not running.
    const bool of_the_link = what == evidence::no_route || what == evidence::silent;
    if (s.up.has_value() || !of_the_link) return link_change::none;
  }
  judge(s, what, now);
  suspect(s, now);
  return differs(was, is_online(scope, now));
}

void link_state::probing(link_scope scope) {
  of(scope).under_way = true;
}

link_change link_state::probed(link_scope scope, evidence what, instant now) {
  auto& s = of(scope);
  s.under_way = false;
  const bool was = is_online(scope, now);
  if (what == evidence::reached || what == evidence::slow) return saw(scope, what, now);
  // A success or another link came in between: the probe speaks of what is over.
  if (!s.suspicious) return link_change::none;
  if (what == evidence::refused && s.judged != verdict::portal) return clear(s, now);
  judge(s, what, now);
  const bool portal = s.judged == verdict::portal;
  if (s.wait >= last_probe && !portal) {
    s.suspicious = false;
    return differs(was, is_online(scope, now));
  }
  s.wait = std::min(s.wait * 2, last_probe);
  s.probe_at = now + s.wait;
  if (s.judged != verdict::none)
    s.judged_until = std::max(s.judged_until, s.probe_at + probe_time + inferred_for);
  return differs(was, is_online(scope, now));
}

bool link_state::down(const scope_state& s, instant now, instant& until) {
  if (cut_off(s)) return true;
  if (s.judged == verdict::none || now >= s.judged_until) return false;
  until = std::min(until, s.judged_until);
  return true;
}

routes::network_state link_state::network(instant now, instant& until) const {
  const auto& s = internet_;
  if (down(s, now, until)) {
    return !cut_off(s) && s.judged == verdict::portal ? routes::network_state::portal
                                                      : routes::network_state::offline;
  }
  if (now >= s.slow_until) return routes::network_state::online;
  until = std::min(until, s.slow_until);
  return routes::network_state::degraded;
}

routes::lan_state link_state::lan(instant now, instant& until) const {
  return down(lan_, now, until) ? routes::lan_state::down : routes::lan_state::up;
}

bool link_state::is_online(link_scope scope, instant now) const {
  instant ignored{};
  return !down(of(scope), now, ignored);
}

std::optional<instant> link_state::next_probe(link_scope scope) const {
  const auto& s = of(scope);
  if (!s.suspicious || s.under_way || cut_off(s)) return std::nullopt;
  return s.probe_at;
}

bool link_state::suspects(link_scope scope) const {
  const auto& s = of(scope);
  return s.suspicious || s.judged != verdict::none || s.silent > 0 || cut_off(s);
}

}  // namespace nearfar::providers
