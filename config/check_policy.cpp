#include "config/check.hpp"
#include "config/check_names.hpp"
#include "config/codes.hpp"
#include "config/conditions.hpp"
#include "config/fact_table.hpp"
#include "config/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::config {

namespace {

fact_source source_of(std::string_view fact) {
  const auto* known = find_fact(fact);
  return known == nullptr ? fact_source::sensed : known->source;  // declared facts are pushed
}

// A client may raise privacy. A guard that lets go when it rises is no wall.
bool loosened_by_raising(const fact_test& test, bool negated) {
  bool before = false;
  for (std::size_t i = 0; i < privacy_words.size(); ++i) {
    const bool listed = std::ranges::any_of(test.any_of, [&](const test_value& v) {
      const auto* word = std::get_if<std::string>(&v);
      return word != nullptr && *word == privacy_words[i];
    });
    const bool holds = listed != negated;
    if (before && !holds) return true;
    before = holds;
  }
  return false;
}

void check_guard_when(const guard& g, diagnostics& out) {
  if (g.advisory) return;
  walk(g.when, false, [&](const fact_test& test, bool negated) {
    const auto source = source_of(test.fact);
    if (source == fact_source::client) {
      out.error(code::client_controls_guard, test.where,
                fmt::format("guard `{}` hangs on `{}`, which the client decides", g.name, test.fact),
                "a client could slip out of it: use another fact, or say `advisory: true`");
    } else if (source == fact_source::privacy && loosened_by_raising(test, negated)) {
      out.error(code::client_controls_guard, test.where,
                fmt::format("guard `{}` lets go when a client raises `privacy`", g.name),
                "name the higher levels too, or say `advisory: true`");
    }
  });
}

void check_guard_unless(const guard& g, diagnostics& out) {
  if (!g.unless) return;
  walk(*g.unless, false, [&](const fact_test& test, bool) {
    const auto source = source_of(test.fact);
    if (source == fact_source::sensed || source == fact_source::caller) return;
    out.error(code::client_controls_unless, test.where,
              fmt::format("`unless` of guard `{}` hangs on `{}`", g.name, test.fact),
              "keys, teams and sensed facts only");
  });
}

void check_guards(const configuration& c, diagnostics& out) {
  for (const auto& g : c.guards) {
    check_guard_when(g, out);
    check_guard_unless(g, out);
    if (g.allow.empty() && g.deny.empty()) {
      out.error(code::guard_without_effect, g.where,
                fmt::format("guard `{}` neither allows nor denies anything", g.name),
                "add `allow` or `deny`");
    }
  }
}

void check_rules(const configuration& c, diagnostics& out) {
  const bool guarded =
      std::ranges::any_of(c.guards, [](const guard& g) { return names_fact(g.when, "privacy"); });
  for (const auto& r : c.rules) {
    if (!guarded && !r.only.empty() && names_fact(r.when, "privacy")) {
      out.warning(code::privacy_only_in_rule, r.where,
                  fmt::format("rule `{}` restricts by privacy, and no guard does", r.name),
                  "an earlier rule may match first: only a guard is a wall");
    }
  }
  if (!c.rules.empty() &&
      std::ranges::none_of(c.rules, [](const rule& r) { return is_unconditional(r.when); })) {
    out.warning(code::no_default_rule, c.rules.back().where, "no rule matches always",
                "end with `- name: default`, without `when`");
  }
}

void check_attempts(const configuration& c, diagnostics& out) {
  if (!c.attempts.empty() &&
      std::ranges::none_of(c.attempts, [](const attempts_entry& a) { return a.name == "default"; })) {
    out.warning(code::no_default_attempts, c.attempts.back().where, "no attempts entry is called `default`",
                "what the others leave out comes from it; end with `- name: default`");
  }
}

template <class Entry>
void check_expected(const std::vector<Entry>& entries, const std::optional<std::string>& name,
                    std::string_view noun, const policy_test& test, diagnostics& out) {
  if (!name || std::ranges::find(entries, *name, &Entry::name) != entries.end()) return;
  std::vector<std::string> legal;
  for (const auto& e : entries) legal.push_back(e.name);
  out.error(code::unknown_reference, test.where,
            fmt::format("test `{}` expects {} `{}`, which does not exist", test.name, noun, *name),
            suggestion(*name, legal));
}

}  // namespace

void check_policy(const configuration& c, diagnostics& out) {
  check_unique_names(c.guards, "guards", out);
  check_unique_names(c.rules, "rules", out);
  check_unique_names(c.attempts, "attempts entries", out);
  check_guards(c, out);
  check_limits(c, out);
}

void advise_on_policy(const configuration& c, diagnostics& out) {
  check_rules(c, out);
  check_attempts(c, out);
  advise_on_reach(c, out);
  advise_on_supply(c, out);
  advise_on_limits(c, out);
}

void check_tests(const configuration& c, diagnostics& out) {
  check_unique_names(c.tests, "tests", out);
  for (const auto& t : c.tests) {
    check_expected(c.rules, t.rule, "rule", t, out);
    check_expected(c.attempts, t.attempts, "attempts entry", t, out);
  }
}

}  // namespace nearfar::config
