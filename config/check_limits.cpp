#include "config/check.hpp"
#include "config/check_names.hpp"
#include "config/reach.hpp"

#include <cmath>

namespace nearfar::config {

namespace {

void check_amount(const limit& l, diagnostics& out) {
  if (l.max.where.line == 0) return;  // said already
  const bool wants_money = l.of == limit_of::cost;
  if (wants_money && !l.max.money) {
    out.error(code::missing_unit, l.max.where,
              fmt::format("limit `{}` is of cost, and its `max` is no money", l.name),
              "for example `max: 5 USD`");
  } else if (!wants_money && l.max.money) {
    out.error(code::keys_do_not_fit, l.max.where,
              fmt::format("limit `{}` counts no money, and its `max` is in USD", l.name),
              "give a count such as `60` or `2M`, or say `of: cost`");
  }
  // The reader takes `1.5k` for tokens.
  if (!wants_money && !l.max.money && l.max.value != std::floor(l.max.value)) {
    out.error(code::out_of_range, l.max.where,
              fmt::format("limit `{}` counts whole things, and its `max` is {}", l.name, l.max.value),
              "give a whole number");
  }
}

void check_period(const limit& l, diagnostics& out) {
  const bool at_once = l.of == limit_of::concurrent;
  if (!at_once && !l.per) {
    out.error(code::missing_key, l.where, fmt::format("limit `{}` does not say `per` what", l.name),
              "add `per: minute`, `hour`, `day` or `month`");
  } else if (at_once && l.per) {
    out.error(code::keys_do_not_fit, l.where,
              fmt::format("limit `{}` is of what runs at once: there is no `per` to that", l.name),
              "remove `per`, or count `requests`");
  }
}

// A limit that hangs on the target can only be looked at target by target: it takes those out whose account
// is full, which is what `then` would say.
void check_then(const limit& l, diagnostics& out) {
  if (!l.then) return;
  if (l.then->deny.empty() == l.then->only.empty()) {
    out.error(code::keys_do_not_fit, l.then->where,
              fmt::format("`then` of limit `{}` wants either `deny` or `only`", l.name),
              "for example `then: {deny: {tier: remote}}`");
  }
  if (l.by == limit_by::tier) {
    out.error(code::keys_do_not_fit, l.then->where,
              fmt::format("limit `{}` is by tier: a tier whose account is full is left out, without `then`",
                          l.name),
              "remove `then`");
  }
}

}  // namespace

void check_limits(const configuration& c, diagnostics& out) {
  check_unique_names(c.limits, "limits", out);
  for (const auto& l : c.limits) {
    if (l.name.empty()) continue;  // said already
    check_amount(l, out);
    check_period(l, out);
    check_then(l, out);
  }
}

void advise_on_limits(const configuration& c, diagnostics& out) {
  reach_checker checker(c);
  for (const auto& l : c.limits) {
    if (checker.applies(l.when) == reach::impossible) {
      out.warning(code::never_matches, l.where, fmt::format("limit `{}` can never count anything", l.name),
                  "nothing can meet all of its condition");
    } else if (l.max.value == 0) {
      out.warning(code::limit_of_nothing, l.max.where, fmt::format("limit `{}` has a `max` of 0", l.name),
                  l.of == limit_of::cost ? "only what is free has room; to forbid the rest, use a guard"
                                         : "it never has room; to forbid targets, use a guard");
    }
  }
}

}  // namespace nearfar::config
